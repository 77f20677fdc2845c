/* The popup page's files, as bytes between two names. The assembler finds them by -I src. */
    .section .rodata
    .macro asset name file
    .global popup_\name\()_begin
popup_\name\()_begin:
    .incbin "\file"
    .global popup_\name\()_end
popup_\name\()_end:
    .endm

    asset html "card/popup.html"
    asset js "card/popup.js"
    asset css "card/popup.css"

    .section .note.GNU-stack, "", %progbits

/* The file as it is, in the program (WEB.md 4). Its folder is on the assembler's include path. */
    .section .rodata
    .balign 16
    .global openapi_begin
    .global openapi_end
openapi_begin:
    .incbin "openapi.json"
openapi_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits

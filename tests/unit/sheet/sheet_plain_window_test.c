/* A part that passes through a window gives what expat gives of it, or nothing: never a piece. */
#include "sheet/sheet_plain.h"
#include "tests/lib/t.h"
#include "tests/lib/xml_events.h"

enum { ROOM = 4 * 1024 * 1024, MIB = 1024 * 1024, PACKAGE_HEAD = 30 };

static uint8_t room[ROOM], by_pieces[ROOM], by_expat[ROOM], document[2 * MIB];

#define MAIN "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define N10  "nnnnnnnnnn"
#define N64  N10 N10 N10 N10 N10 N10 "nnnn"

/* Whether it is taken through a window of `size` bytes. */
static bool taken(struct bytes text, size_t size)
{
    struct xml_events pieces, slow;
    xml_events_begin(&pieces, by_pieces, sizeof by_pieces);
    if (!xml_events_by_pieces(&pieces, text, size, room, sizeof room)) {
        T_EQ_UINT(pieces.out.size, 0);
        T_EQ_INT(pieces.told.fault, SHEET_FINE);
        return false;
    }
    xml_events_begin(&slow, by_expat, sizeof by_expat);
    xml_events_by_expat(&slow, text, room, sizeof room);
    T_EQ_STR(pieces.told.text, slow.told.text);
    T_EQ_INT(pieces.told.fault, slow.told.fault);
    T_EQ_BYTES(writer_bytes(&pieces.out), writer_bytes(&slow.out));
    return true;
}

/* The most bytes from one `<` to the next or to the end; a window holds one more. What stands
 * before the declaration belongs to it. */
static size_t longest(struct bytes text)
{
    size_t from = 0, most = 0;
    for (size_t i = 1; i <= text.size; i++) {
        if (i < text.size && (text.data[i] != '<' || text.data[i - 1] == 0xbf))
            continue;
        most = i - from > most ? i - from : most;
        from = i;
    }
    return most;
}

TEST(a_window_of_any_size_gives_all_or_nothing)
{
    static const char *const texts[] = {
        "<w " MAIN "/>",
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<w " MAIN ">a<b/>c</w>  \n ",
        /* Names that are met again when the bytes that they stood in are gone: of elements to be
         * closed, and of prefixes, which end with their element. */
        "<w xmlns:x='urn:a' " MAIN "><a><" N64 "><x:b x:c='1'>1</x:b><x:b xmlns:y='urn:b'><y:d/>"
        "<e y:f=''>2</e><y:d></y:d></x:b><c/></" N64 "><x:g/></a><x:h/></w>",
        "<w " MAIN "><t>a\r\nb\rc\r</t>\r\n<t>&amp;\xe8\x87\xba&#x20000;\xf0\xa0\x80\x80</t>"
        "0123456789abcdef0123456789abcdef01234567\t89abcdef ]]<skip>a<b>c</b></skip>]>&gt;</w>",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct bytes text = bytes_from_text(texts[i]);
        for (size_t size = 1; size < text.size + 3; size++)
            if (taken(text, size) != (size > longest(text)))
                T_FAIL("text %zu through %zu", i, size);
    }
}

TEST(what_is_not_plain_gives_nothing_through_a_window)
{
    static const char *const texts[] = {
        "",
        "a",
        "<w " MAIN "><a><b></b></c></w>",
        "<w " MAIN "><a></ab></a></w>",
        "<w xmlns:x='urn:a' " MAIN "><a xmlns:y='urn:b'><c/><c/></a><y:d/></w>",
        "<w " MAIN "><a/><a/><a b='<'/></w>",
        "<w " MAIN "><a/><a/><a",
        "<w " MAIN "><a/><a/>",
        "<w " MAIN "><a/></w><a/>",
        "<w " MAIN "><a/></w><",
        "<w " MAIN "><a/></w> a",
        "<w " MAIN "><a/><a/>0123456789abcdef01234567&<a/></w>",
        "<w " MAIN "><a/><a/>0123456789abcdef01234]]><a/></w>",
        "<w " MAIN "><a/><a/>0123456789abcdef01234567\x01"
        "89<a/></w>",
        "<w " MAIN "><a/><a/>0123456789abcdef01234567\xff"
        "89<a/></w>",
        "<w " MAIN "><a/><a/>0123456789abcdef01234567\xe8\x87<a/></w>",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t size = 1; size < strlen(texts[i]) + 3; size++)
            if (taken(bytes_from_text(texts[i]), size))
                T_FAIL("text %zu through %zu", i, size);
}

/* Behind a stop nothing is looked at: not what is no XML, not a checksum. */
TEST(a_sink_that_stops_ends_the_walk)
{
    static const char text[] = "<w " MAIN "><a>b</a><stop/><a>c</a></b>";
    for (size_t size = 1; size < sizeof text + 2; size++)
        if (taken(bytes_from_text(text), size) != (size > strlen("<w " MAIN ">")))
            T_FAIL("through %zu", size);
}

/* All eight-byte blocks behind the first sixteen bytes of a text: each byte stops them or not. */
TEST(long_texts_stop_where_short_ones_do)
{
    for (int byte = 0; byte < 256; byte++) {
        for (size_t at = 15; at < 26; at++) {
            struct writer out = writer_on(document, sizeof document);
            write_text(&out, "<w " MAIN "><t>");
            for (size_t i = 0; i < 40; i++)
                write_u8(&out, i == at ? (uint8_t)byte : (uint8_t)('?' + i));
            write_text(&out, "</t></w>");
            struct bytes text = writer_bytes(&out);
            bool stands = byte == '\t' || byte == '\n' || byte == '\r' ||
                          (byte >= ' ' && byte < 0x80 && byte != '&' && byte != '<');
            if (taken(text, text.size + 1) != stands)
                T_FAIL("%#x at %zu", (unsigned)byte, at);
        }
    }
}

/* What was not taken does not count: 64 MiB would soon be used up. */
TEST(a_part_that_was_not_taken_does_not_count)
{
    struct xml_events events;
    struct package package;
    struct sheet_told told = {0};
    struct sheet_zip *zip;
    const struct sheet_xml_sink sink = {&events, xml_events_on_start, xml_events_on_text,
                                        xml_events_on_end, xml_events_on_restart};
    memset(document, ' ', sizeof document);
    package_begin(&package, room, sizeof room);
    package_add(&package, "a", bytes_of(document, sizeof document));
    package_add(&package, "b", BYTES_LITERAL("<w " MAIN "><a/></w>"));
    T_EQ_INT(sheet_zip_open(&zip, package_end(&package), &told), SHEET_FINE);
    xml_events_begin(&events, by_pieces, sizeof by_pieces);
    for (int i = 0; i < 40; i++)
        T_FALSE(sheet_plain_pieces(zip, 0, sizeof document, &sink, &events.told));
    T_TRUE(sheet_plain_pieces(zip, 1, MIB, &sink, &events.told));
    T_TRUE(events.out.size > 0);
    T_EQ_UINT(sheet_part_size(zip, 0), sizeof document);
    room[PACKAGE_HEAD + 1] ^= 1; /* of the first part, whose checksum is another one now */
    T_FALSE(sheet_plain_pieces(zip, 0, sizeof document + 1, &sink, &events.told));
    sheet_zip_close(zip);
}

/* Its text is plain to the last byte, and so is a longer one than the directory tells. */
TEST(a_damaged_part_gives_nothing)
{
    static const char text[] = "<w " MAIN "><a>b</a><a>c</a></w>";
    struct xml_events events;
    struct package package;
    struct sheet_told told = {0};
    struct sheet_zip *zip;
    const struct sheet_xml_sink sink = {&events, xml_events_on_start, xml_events_on_text,
                                        xml_events_on_end, xml_events_on_restart};
    package_begin(&package, room, sizeof room);
    package_add(&package, "a", bytes_from_text(text));
    T_EQ_INT(sheet_zip_open(&zip, package_end(&package), &told), SHEET_FINE);
    room[PACKAGE_HEAD + 1 + strlen("<w " MAIN "><a>")] ^= 1; /* the b */
    for (size_t size = sizeof "<w " MAIN ">"; size < 2 * sizeof text; size++) {
        xml_events_begin(&events, by_pieces, sizeof by_pieces);
        T_FALSE(sheet_plain_pieces(zip, 0, size, &sink, &events.told));
        T_EQ_UINT(events.out.size, 0);
        T_EQ_INT(events.told.fault, SHEET_FINE);
    }
    sheet_zip_close(zip);
}

T_LIST(sheet_plain_window_test, T(a_window_of_any_size_gives_all_or_nothing),
       T(what_is_not_plain_gives_nothing_through_a_window), T(a_sink_that_stops_ends_the_walk),
       T(long_texts_stop_where_short_ones_do), T(a_part_that_was_not_taken_does_not_count),
       T(a_damaged_part_gives_nothing));

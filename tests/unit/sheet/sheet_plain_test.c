/* Each form by both readers: what is plain gives the sink the same, what is not gives it nothing.
 */
#include "sheet/sheet_plain.h"
#include "tests/lib/t.h"
#include "tests/lib/xml_events.h"
#include <stdio.h>

enum { ROOM = 4 * 1024 * 1024, PACKAGE_HEAD = 30 };

static uint8_t room[ROOM], by_plain[ROOM], by_expat[ROOM], document[ROOM / 2];

#define MAIN     "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define STRICT   "xmlns=\"http://purl.oclc.org/ooxml/spreadsheetml/main\""
#define IN(text) "<w " MAIN ">" text "</w>"

/* Gives whether it is plain; then all have given the same. */
static bool compared(struct bytes text)
{
    struct xml_events fast, slow;
    xml_events_begin(&fast, by_plain, sizeof by_plain);
    bool plain = xml_events_by_plain(&fast, text, false);
    if (!plain) {
        T_EQ_UINT(fast.out.size, 0);
        T_EQ_INT(fast.told.fault, SHEET_FINE);
    }
    uint32_t crc = bytes_crc32c(0, writer_bytes(&fast.out));
    xml_events_begin(&fast, by_plain, sizeof by_plain);
    if (!xml_events_by_plain(&fast, text, true)) {
        T_FALSE(plain);
        T_EQ_UINT(fast.out.size, 0);
        T_EQ_INT(fast.told.fault, SHEET_FINE);
        return false;
    }
    /* One walk does not see what comes behind the place where its sink stopped it. */
    T_TRUE(plain ? crc == bytes_crc32c(0, writer_bytes(&fast.out))
                 : fast.told.fault == SHEET_STOPPED);
    xml_events_begin(&slow, by_expat, sizeof by_expat);
    xml_events_by_expat(&slow, text, room, sizeof room);
    T_EQ_STR(fast.told.text, slow.told.text);
    T_EQ_INT(fast.told.fault, slow.told.fault);
    T_FALSE(fast.out.failed);
    T_EQ_BYTES(writer_bytes(&fast.out), writer_bytes(&slow.out));
    return plain;
}

static enum sheet_fault by_expat_alone(struct bytes text)
{
    struct xml_events slow;
    xml_events_begin(&slow, by_expat, sizeof by_expat);
    xml_events_by_expat(&slow, text, room, sizeof room);
    return slow.told.fault;
}

TEST(what_writers_emit_is_plain)
{
    static const char *const texts[] = {
        "<w " MAIN "/>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<w " STRICT "></w>\r\n",
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<w " MAIN "/>",
        "<?xml version='1.0' encoding='UTF-8'?>\n<w  " MAIN "\n a='1'\t/>",
        IN("<row r=\"1\" spans=\"1:2\"><c r=\"A1\" s=\"3\" t=\"s\"><v>0</v></c><c r='B1' /></row>"),
        IN("<is><t xml:space=\"preserve\"> a\n\tb </t></is>"),
        IN("<t>\xe8\x87\xba\xc2\x80\xf0\xa0\x80\x80\xf4\x8f\xbf\xbf\xef\xbf\xbd\x7f</t>"),
        IN("<t>&amp;&lt;&gt;&quot;&apos;&#10;&#13;&#9;&#xA;&#xa;&#xD;&#xd;&#x9;&#34;&#39;a</t>"),
        IN("<t>&#29579;&#x5c0F;a&#0000000000065;&#x10FFFF;&#xD7ff;&#xE000;&#xFFFD;&#x7f;&#128;</"
           "t>"),
        IN("<t>a\r\nb\rc\r\r\nd\r</t>\r"),
        IN("<f>T[[#This Row],[x]]+\"a\">'b'</f> ]] ]> >> "),
        IN("<a b='\"' c=\"'\" d=''/>"),
        IN("<a b='1&amp;&#10;\"2\xe8\x87\xba&#x20000;3' c=\"&lt;\" d='&apos;' e='f'/>"),
        IN("<a1.b-c_d/>"),
        "<w " MAIN " xmlns:x='urn:a' x:a='1' a='2'><x:b a='1'/><c x:d='\xe8\x87\xba'/></w>",
        "<w xmlns:x='urn:a' " MAIN "><ext xmlns:y='urn:b'><y:b xmlns:x='urn:c' x:a=''/></ext>"
        "<e xmlns:y='urn:d'/></w>",
        IN("<skip><a>b</a></skip><skip/>c<d>e</d>"),
        IN("<a>b<stop/>c</a>"),
        "<stop " MAIN "/> ",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!compared(bytes_from_text(texts[i])))
            T_FAIL("not plain: %s", texts[i]);
}

/* Some of it is XML that expat reads, some is none. */
static const struct {
    const char *text;
    bool is_xml;
} cases[] = {
    {"", false},
    {"<stop " MAIN "/>a", false},
    {IN("<a><stop/></b>"), false},
    {IN("<a>b</a><c>]]></c>"), false},
    {"<w/>", true},
    {"<w xmlns='urn:a'/>", true},
    {"<x:w xmlns:x='http://schemas.openxmlformats.org/spreadsheetml/2006/main'/>", true},
    {"<w " MAIN " xmlns:x='http://purl.oclc.org/ooxml/spreadsheetml/main'/>", true},
    {" <?xml version=\"1.0\" encoding=\"UTF-8\"?><w " MAIN "/>", false},
    {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><w " MAIN "/>", true},
    {"<?xml version=\"1.1\" encoding=\"UTF-8\"?><w " MAIN "/>", true},
    {"<!DOCTYPE w><w " MAIN "/>", false},
    {"<w " MAIN "/><!---->", true},
    {"<w " MAIN "/>a", false},
    {"<w " MAIN "/><w " MAIN "/>", false},
    {"<w " MAIN ">", false},
    {"<w " MAIN "></w", false},
    {"<w " MAIN, false},
    {IN("<!---->"), true},
    {IN("<?a?>"), true},
    {IN("<![CDATA[a]]>"), true},
    {IN("<a></a >"), true},
    {IN("<a></b>"), false},
    {IN("<a></ab>"), false},
    {IN("<ab></a>"), false},
    {IN("<a>"), false},
    {IN("</a>"), false},
    {IN("<>"), false},
    {IN("< a/>"), false},
    {IN("<a/ >"), false},
    {IN("<1/>"), false},
    {IN("<a b/>"), false},
    {IN("<a b=1/>"), false},
    {IN("<a b = '1'/>"), true},
    {IN("<a b='1'c='2'/>"), false},
    {IN("<a b='1' b='2'/>"), false},
    {IN("<a b='<'/>"), false},
    {IN("<a b='&amp'/>"), false},
    {IN("<a b='&#0;'/>"), false},
    {IN("<a b='&lt;<'/>"), false},
    {IN("<a b='&lt;\xff'/>"), false},
    {IN("<a b='&lt;\n'/>"), true},
    {IN("<a b='&lt;"), false},
    {IN("<a xmlns:x='urn:&amp;'/>"), true},
    {"<w xmlns='http://purl.oclc.org/ooxml/spreadsheetml/&#109;ain'/>", true},
    {IN("<a b='&'/>"), false},
    {IN("<a b='\n'/>"), true},
    {IN("<a b='\x01'/>"), false},
    {IN("<a b='\xff'/>"), false},
    {IN("<a b='1/>"), false},
    {IN("<\xe8\x87\xba/>"), true},
    {IN("<x:a/>"), false},
    {IN("<a x:b=''/>"), false},
    {IN("<a xmlns:x='urn:a'/><x:b/>"), false},
    {IN("<a xmlns:x='urn:a' xmlns:y='urn:a' x:b='' y:b=''/>"), false},
    {IN("<a xmlns:x='urn:a' xmlns:yy='urn:a' x:b='' yy:b=''/>"), false},
    {IN("<a xmlns:x='urn:a' xmlns:y='urn:b' x:b='' y:b=''/>"), true},
    {IN("<a xmlns:x=''/>"), false},
    {IN("<a xmlns:x='urn:\xe8\x87\xba'/>"), true},
    {IN("<a xmlns:xml='urn:a'/>"), false},
    {IN("<a xmlns:xmlns='urn:a'/>"), false},
    {IN("<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>"), false},
    {IN("<a xmlns:x='http://www.w3.org/2000/xmlns/'/>"), false},
    {IN("<xmlns:a/>"), false},
    {IN("<xml:a/>"), true},
    {IN("<a xmlns='urn:a'/>"), true},
    {IN("<a xmlns=''/>"), true},
    {IN("<a xmlns='http://purl.oclc.org/ooxml/spreadsheetml/main'/>"), true},
    {IN("<a " PACKAGE_RELS "/><b/>"), true},
    {IN("<a:/>"), false},
    {IN("<:a/>"), false},
    {"<w " MAIN " xmlns:x='urn:a'><x:a:b/></w>", false},
    {IN("]]>"), false},
    {IN("<t>a]]]></t>"), false},
    {IN("&nbsp;"), false},
    {IN("&amp"), false},
    {IN("&#;"), false},
    {IN("&#x;"), false},
    {IN("&#x"), false},
    {IN("&#X41;"), false},
    {IN("&#a;"), false},
    {IN("&#x/;"), false},
    {IN("&#xg;"), false},
    {IN("&#x@;"), false},
    {IN("&#x`;"), false},
    {IN("&#6 5;"), false},
    {IN("&#65"), false},
    {IN("&#x1f;"), false},
    {IN("&#xD800;"), false},
    {IN("&#xdfff;"), false},
    {IN("&#xfffe;"), false},
    {IN("&#65535;"), false},
    {IN("&#x110000;"), false},
    {IN("&#4294967361;"), false},
    {IN("&#0;"), false},
    {IN("a\x01"), false},
    {IN("\xc0\x80"), false},
    {IN("\xc1\xbf"), false},
    {IN("\xe0\x9f\xbf"), false},
    {IN("\xed\xa0\x80"), false},
    {IN("\xef\xbf\xbe"), false},
    {IN("\xef\xbf\xbf"), false},
    {IN("\xf0\x8f\xbf\xbf"), false},
    {IN("\xf4\x90\x80\x80"), false},
    {IN("\xf5\x80\x80\x80"), false},
    {IN("\xe8\x87"), false},
    {IN("\x80"), false},
};

TEST(what_is_not_plain_gives_nothing)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes text = bytes_from_text(cases[i].text);
        if (compared(text) || (by_expat_alone(text) == SHEET_FINE) != cases[i].is_xml)
            T_FAIL("case %zu: %s", i, cases[i].text);
    }
    T_FALSE(compared(BYTES_LITERAL(IN("a\0b"))));
    T_FALSE(compared(BYTES_LITERAL("<w " MAIN "/>\0")));
    T_FALSE(compared(BYTES_LITERAL("\xff\xfe<\0w\0/\0>\0")));
}

/* All that is one byte away from a plain document, and all that is cut off. */
TEST(a_byte_changed_or_cut_is_told_alike)
{
    static const char text[] =
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<w " MAIN " xmlns:x=\"urn:a\" "
        "x:i='y'><row r=\"1\" x:d=\"0.2\"><c r=\"A1\" t=\"inlineStr\"><is><t xml:space='preserve'>"
        "\xe8\x87\xba\xed\x9f\xbf&amp;\xf0\xa0\x80\x80]]</t></is></c>]<x:c/></row>]</w>\n";
    static const uint8_t others[] =
        "\0\x01\t\n\r !\"&'/:;<=>[]_ax\x80\xa0\xc2\xe0\xed\xef\xf0\xf4\xff";
    size_t plain = 0;
    for (size_t i = 0; i < sizeof text; i++) {
        memcpy(document, text, sizeof text);
        (void)compared(bytes_of(document, i));
        for (size_t k = 0; k < sizeof others - 1; k++) {
            document[i] = others[k];
            plain += compared(bytes_of(document, sizeof text - 1));
        }
    }
    T_TRUE(plain > 500);
}

/* ---- limits ---- */

/* The document so far, with `count` times `text` behind it; %d in it counts, %0*d fills up. */
static void repeat(struct writer *out, const char *text, int count)
{
    for (int i = 0; i < count; i++) {
        char one[256];
        // cppcheck-suppress wrongPrintfScanfArgNum
        (void)snprintf(one, sizeof one, text, i, i);
        write_text(out, one);
    }
}

static struct writer begun(void)
{
    struct writer out = writer_on(document, sizeof document);
    write_text(&out, "<w " MAIN);
    return out;
}

static bool ended_plain(struct writer *out, const char *end)
{
    write_text(out, end);
    T_FALSE(out->failed);
    return compared(writer_bytes(out));
}

static bool nested(int depth)
{
    struct writer out = begun();
    write_text(&out, ">");
    repeat(&out, "<a>", depth - 1);
    repeat(&out, "</a>", depth - 1);
    return ended_plain(&out, "</w>");
}

static bool attributed(const char *attribute, int count)
{
    struct writer out = begun();
    repeat(&out, attribute, count);
    return ended_plain(&out, "/>");
}

/* A tag of this many bytes behind the root's. */
static bool tag_of(int size)
{
    struct writer out = begun();
    write_text(&out, "><a b='");
    repeat(&out, "x", size - (int)strlen("<a b=''/>"));
    return ended_plain(&out, "'/></w>");
}

static bool name_of(int size)
{
    struct writer out = begun();
    write_text(&out, "><");
    repeat(&out, "x", size);
    return ended_plain(&out, "/></w>");
}

TEST(limits_hold_to_the_byte)
{
    T_TRUE(nested(SHEET_XML_DEPTH_MAX));
    T_FALSE(nested(SHEET_XML_DEPTH_MAX + 1));
    T_TRUE(attributed(" a%d=''", SHEET_XML_ATTRIBUTES_MAX - 1));
    T_FALSE(attributed(" a%d=''", SHEET_XML_ATTRIBUTES_MAX));
    T_TRUE(attributed(" xmlns:a%d='urn:%d'", SHEET_PLAIN_PREFIXES_MAX));
    T_FALSE(attributed(" xmlns:a%d='urn:%d'", SHEET_PLAIN_PREFIXES_MAX + 1));
    T_TRUE(tag_of(SHEET_XML_TOKEN_MAX));
    T_FALSE(tag_of(SHEET_XML_TOKEN_MAX + 1));
    T_TRUE(name_of(SHEET_PLAIN_NAME_MAX));
    T_FALSE(name_of(SHEET_PLAIN_NAME_MAX + 1));
}

/* Elements with a name that is new each time, of the greatest size. The root's two names count. */
static bool names_of(const char *element, int count)
{
    struct writer out = begun();
    write_text(&out, ">");
    repeat(&out, element, count);
    return ended_plain(&out, "</w>");
}

#define Y50 "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"

TEST(names_that_expat_has_no_memory_for_are_not_plain)
{
    enum { MOST = SHEET_PLAIN_NAMES_MAX - 1 };
    T_TRUE(names_of("<y" Y50 "%07d/>", MOST));
    T_FALSE(names_of("<y" Y50 "%07d/>", MOST + 1));
    T_TRUE(names_of("<a y" Y50 "%07d=''/>", MOST));
    T_FALSE(names_of("<a y" Y50 "%07d=''/>", MOST + 1));
    T_TRUE(names_of("<a xmlns:" Y50 "%07d='urn:a'/>", MOST));
    T_TRUE(names_of("<a b%07d='' xmlns:" Y50 "%07d='urn:a'/>", MOST / 2));
    /* What was met is no new name. */
    T_TRUE(
        names_of("<family val=''/><rPr rFont='' charset=''><color/></rPr><b xml:space=''/>", MOST));
    /* Short names are few, whatever their number. */
    T_TRUE(names_of("<a b='' c=''/>", 5 * MOST));
}

/* ---- parts ---- */

static struct sheet_zip *zip_of(struct bytes part)
{
    struct package package;
    struct sheet_told told = {0};
    struct sheet_zip *zip;
    package_begin(&package, room, sizeof room);
    package_add(&package, "a", part);
    package_add(&package, "b", BYTES_LITERAL(IN("")));
    T_EQ_INT(sheet_zip_open(&zip, package_end(&package), &told), SHEET_FINE);
    return zip;
}

TEST(a_part_is_taken_whole_or_not_at_all)
{
    size_t size;
    struct sheet_zip *zip = zip_of(BYTES_LITERAL("abc"));
    uint8_t *part = sheet_part_take(zip, 0, 3, &size);
    T_EQ_MEM(part, "abc", 3);
    T_EQ_UINT(size, 3);
    free(part);
    T_TRUE(sheet_part_take(zip, 0, 2, &size) == NULL);
    room[PACKAGE_HEAD + 1] ^= 1; /* of the part, whose checksum is another one now */
    T_TRUE(sheet_part_take(zip, 0, 3, &size) == NULL);
    sheet_zip_close(zip);
    zip = zip_of(bytes_of("", 0));
    part = sheet_part_take(zip, 0, 0, &size);
    T_TRUE(part != NULL && size == 0);
    free(part);
    sheet_zip_close(zip);
}

/* What was not taken does not count: 64 MiB would soon be used up. */
TEST(a_part_that_was_not_taken_is_read_from_its_beginning)
{
    size_t size;
    struct sheet_told told = {0};
    struct xml_events events;
    const struct sheet_xml_sink sink = {&events, xml_events_on_start, xml_events_on_text,
                                        xml_events_on_end, NULL};
    memset(document, ' ', sizeof document);
    struct sheet_zip *zip = zip_of(bytes_of(document, sizeof document));
    for (int i = 0; i < 40; i++)
        T_TRUE(sheet_part_take(zip, 0, sizeof document - 1, &size) == NULL);
    xml_events_begin(&events, by_plain, sizeof by_plain);
    T_EQ_INT(sheet_plain_read(zip, 1, &sink, &events.told), SHEET_FINE);
    T_TRUE(events.out.size > 0);
    T_EQ_INT(sheet_plain_read(zip, 0, &sink, &told), SHEET_BROKEN);
    T_HAS(told.text, "line 1 of the XML: no element found");
    sheet_zip_close(zip);
}

T_LIST(sheet_plain_test, T(what_writers_emit_is_plain), T(what_is_not_plain_gives_nothing),
       T(a_byte_changed_or_cut_is_told_alike), T(limits_hold_to_the_byte),
       T(names_that_expat_has_no_memory_for_are_not_plain), T(a_part_is_taken_whole_or_not_at_all),
       T(a_part_that_was_not_taken_is_read_from_its_beginning));

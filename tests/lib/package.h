/* A workbook in memory, made by hand: a ZIP of stored entries. For unit tests and fuzz targets.
 *
 *     struct package package;
 *     package_begin(&package, room, sizeof room);
 *     package_add(&package, "xl/workbook.xml", BYTES_LITERAL("<workbook …"));
 *     struct bytes file = package_end(&package);       // empty if the room was too small
 *
 * package_plain fills in the parts that are always the same. */
#pragma once
#include "base/bytes.h"
#include <string.h>

enum { PACKAGE_ENTRIES_MAX = 16, PACKAGE_NAME_MAX = 64 };

struct package {
    struct writer out;
    size_t count;
    struct package_entry {
        char name[PACKAGE_NAME_MAX];
        uint32_t crc, size, at;
    } entries[PACKAGE_ENTRIES_MAX];
};

static inline void package_u16(struct writer *out, uint32_t value)
{
    write_u8(out, (uint8_t)value);
    write_u8(out, (uint8_t)(value >> 8));
}

static inline void package_u32(struct writer *out, uint32_t value)
{
    package_u16(out, value & 0xffff);
    package_u16(out, value >> 16);
}

/* The checksum of ZIP, bit by bit. */
static inline uint32_t package_crc(struct bytes bytes)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.size; i++) {
        crc ^= bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xedb88320U & (0U - (crc & 1)));
    }
    return ~crc;
}

/* What both headers of an entry share, from "version needed" on. */
static inline void package_head(struct writer *out, const struct package_entry *entry)
{
    package_u16(out, 20);
    package_u32(out, 0);          /* flags, method: stored */
    package_u32(out, 0x00210000); /* 1980-01-01 */
    package_u32(out, entry->crc);
    package_u32(out, entry->size);
    package_u32(out, entry->size);
    package_u16(out, (uint32_t)strlen(entry->name));
    package_u16(out, 0);
}

static inline void package_begin(struct package *package, void *room, size_t size)
{
    package->out = writer_on(room, size);
    package->count = 0;
}

static inline void package_add(struct package *package, const char *name, struct bytes part)
{
    size_t length = strlen(name);
    if (package->count == PACKAGE_ENTRIES_MAX || length >= PACKAGE_NAME_MAX) {
        package->out.failed = true;
        return;
    }
    struct package_entry *entry = &package->entries[package->count++];
    memcpy(entry->name, name, length + 1);
    entry->crc = package_crc(part);
    entry->size = (uint32_t)part.size;
    entry->at = (uint32_t)package->out.size;
    package_u32(&package->out, 0x04034b50);
    package_head(&package->out, entry);
    write_text(&package->out, name);
    write_raw(&package->out, part);
}

static inline struct bytes package_end(struct package *package)
{
    struct writer *out = &package->out;
    size_t from = out->size;
    for (size_t i = 0; i < package->count; i++) {
        const struct package_entry *entry = &package->entries[i];
        package_u32(out, 0x02014b50);
        package_u16(out, 20);
        package_head(out, entry);
        package_u32(out, 0); /* comment, disk */
        package_u32(out, 0); /* attributes */
        package_u16(out, 0);
        package_u32(out, entry->at);
        write_text(out, entry->name);
    }
    size_t size = out->size - from;
    package_u32(out, 0x06054b50);
    package_u32(out, 0);
    package_u16(out, (uint32_t)package->count);
    package_u16(out, (uint32_t)package->count);
    package_u32(out, (uint32_t)size);
    package_u32(out, (uint32_t)from);
    package_u16(out, 0);
    return writer_bytes(out);
}

#define PACKAGE_MAIN     "xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'"
#define PACKAGE_DOCUMENT "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE_RELS     "xmlns='http://schemas.openxmlformats.org/package/2006/relationships'"

/* Types, relationships and a workbook of one sheet; the sheet, xl/worksheets/sheet1.xml, and what
 * else the relationships name (xl/sharedStrings.xml, xl/styles.xml) is for the caller to add. */
static inline void package_plain(struct package *package)
{
    package_add(package, "[Content_Types].xml",
                BYTES_LITERAL("<Types xmlns='http://schemas.openxmlformats.org/package/2006/"
                              "content-types'/>"));
    package_add(package, "_rels/.rels",
                BYTES_LITERAL("<Relationships " PACKAGE_RELS "><Relationship Id='a' "
                              "Target='xl/workbook.xml' Type='" PACKAGE_DOCUMENT
                              "/officeDocument'/></Relationships>"));
    package_add(package, "xl/workbook.xml",
                BYTES_LITERAL("<workbook " PACKAGE_MAIN " xmlns:r='" PACKAGE_DOCUMENT
                              "'><sheets><sheet name='a' sheetId='1' r:id='s'/></sheets>"
                              "</workbook>"));
    package_add(package, "xl/_rels/workbook.xml.rels",
                BYTES_LITERAL("<Relationships " PACKAGE_RELS "><Relationship Id='s' "
                              "Target='worksheets/sheet1.xml' Type='" PACKAGE_DOCUMENT
                              "/worksheet'/><Relationship Id='t' Target='sharedStrings.xml' "
                              "Type='" PACKAGE_DOCUMENT "/sharedStrings'/><Relationship Id='u' "
                              "Target='styles.xml' Type='" PACKAGE_DOCUMENT
                              "/styles'/></Relationships>"));
}

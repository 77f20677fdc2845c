/* What the fuzz targets share: the entry point of libFuzzer, and cutting input into pieces.
 *
 * A target is one file NAME_fuzz.c; broken properties are CHECKs, everything else is left to the
 * sanitizers. Seeds stand in corpus/NAME and come from corpus.py. */
#pragma once
#include "base/bytes.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The size of the next piece of what is left: 1 to 64 bytes, by a walk that the input seeds. */
static inline size_t fuzz_piece(uint32_t *walk, size_t left)
{
    *walk = *walk * 1664525U + 1013904223U;
    size_t size = 1 + (*walk >> 26);
    return size < left ? size : left;
}

/* A walk of its own for every input. */
static inline uint32_t fuzz_walk(const uint8_t *data, size_t size)
{
    return bytes_crc32c(0, bytes_of(data, size));
}

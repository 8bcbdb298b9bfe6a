/* SPDX-License-Identifier: MIT */
/* The fetched decoders behind one plain interface: whole input to whole output, state in memory that the caller gives.
 * Only one decoder may run at a time (the allocation hook has no argument for its arena). */
#ifndef XENOLITH_THIRD_PARTY_DECODERS_H
#define XENOLITH_THIRD_PARTY_DECODERS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum decoder_status {
	DECODER_OK,
	DECODER_CORRUPT,	/* malformed input, or a wrong checksum */
	DECODER_TRUNCATED,	/* the input ends early */
	DECODER_NO_SPACE,	/* the output does not fit */
	DECODER_NO_MEMORY,	/* the arena is too small */
	DECODER_UNSUPPORTED,	/* valid, but needs a feature that is not built in */
};

struct decoder {
	const uint8_t *in;
	size_t in_size;
	size_t in_used;		/* set by the decoders: bytes of input taken */
	uint8_t *out;
	size_t out_size;
	size_t out_used;	/* set by the decoders: bytes of output made */
	void *arena;		/* 16-byte aligned */
	size_t arena_size;
};

/* Enough arena for any of the decoders. */
#define DECODER_ARENA_SIZE ((size_t)256 << 10)

enum decoder_status decoder_xz(struct decoder *job);
/* in: an LZMA stream behind the 13-byte header of .lzma; out_size: exactly the size to be made. */
enum decoder_status decoder_lzma(struct decoder *job, uint8_t properties, uint32_t dictionary_size);
/* One or more whole frames. */
enum decoder_status decoder_zstd(struct decoder *job);
/* A raw deflate stream (RFC 1951). */
enum decoder_status decoder_inflate(struct decoder *job);
/* One LZ4 block. */
enum decoder_status decoder_lz4_block(struct decoder *job);

/* The user provides this: CRC-32 (IEEE 802.3, reflected) of data with no inversion before or after. */
uint32_t decoder_crc32_le(uint32_t crc, const uint8_t *data, size_t size);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/* What the fetched decoders use of the kernel's headers. Every <linux/...> and <asm/...> name that they include and
 * that is not fetched with them forwards to this file. */
#ifndef XENOLITH_THIRD_PARTY_KERNEL_H
#define XENOLITH_THIRD_PARTY_KERNEL_H

#include "third_party/shim/decoders.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the decoders' shim is for little-endian machines"
#endif
#ifndef __LITTLE_ENDIAN
#define __LITTLE_ENDIAN 1234
#endif
#define CONFIG_64BIT 1
#define CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS 1
#define IS_ENABLED(setting) (setting)

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define noinline __attribute__((noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define fallthrough __attribute__((fallthrough))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))

#define EXPORT_SYMBOL(name) _Static_assert(1, "")
#define EXPORT_SYMBOL_GPL(name) _Static_assert(1, "")
#define MODULE_LICENSE(text) _Static_assert(1, "")
#define MODULE_DESCRIPTION(text) _Static_assert(1, "")

#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)

#define EINVAL 22

/* string.h */
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
#define memcpy(to, from, size) __builtin_memcpy(to, from, size)
#define memmove(to, from, size) __builtin_memmove(to, from, size)
#define memset(to, value, size) __builtin_memset(to, value, size)
#define memcmp(a, b, size) __builtin_memcmp(a, b, size)

/* asm/unaligned.h, swab.h, byteorder */
#define get_unaligned(pointer)                                                                                   \
	({                                                                                                       \
		const struct {                                                                                   \
			__typeof__(*(pointer)) value;                                                            \
		} __attribute__((packed)) *unaligned_ = (const void *)(pointer);                                 \
		unaligned_->value;                                                                               \
	})
#define put_unaligned(number, pointer)                                                                           \
	do {                                                                                                     \
		struct {                                                                                         \
			__typeof__(*(pointer)) value;                                                            \
		} __attribute__((packed)) *unaligned_ = (void *)(pointer);                                       \
		unaligned_->value = (number);                                                                    \
	} while (0)

#define swab32(x) __builtin_bswap32(x)
#define swab64(x) __builtin_bswap64(x)

static inline u16 get_unaligned_le16(const void *p) { return get_unaligned((const u16 *)p); }
static inline u32 get_unaligned_le32(const void *p) { return get_unaligned((const u32 *)p); }
static inline u64 get_unaligned_le64(const void *p) { return get_unaligned((const u64 *)p); }
static inline u32 get_unaligned_be32(const void *p) { return swab32(get_unaligned((const u32 *)p)); }
static inline u64 get_unaligned_be64(const void *p) { return swab64(get_unaligned((const u64 *)p)); }
static inline void put_unaligned_le16(u16 value, void *p) { put_unaligned(value, (u16 *)p); }
static inline void put_unaligned_le32(u32 value, void *p) { put_unaligned(value, (u32 *)p); }
static inline void put_unaligned_le64(u64 value, void *p) { put_unaligned(value, (u64 *)p); }
static inline void put_unaligned_be32(u32 value, void *p) { put_unaligned(swab32(value), (u32 *)p); }
static inline void put_unaligned_be64(u64 value, void *p) { put_unaligned(swab64(value), (u64 *)p); }
static inline u32 le32_to_cpup(const uint32_t *p) { return get_unaligned(p); }
static inline u64 div_u64(u64 dividend, u32 divisor) { return dividend / divisor; }

/* slab.h, vmalloc.h: only small state is allocated, from the arena of the running decompression (decoders.c). */
void *decoder_allocate(size_t size);
#define GFP_KERNEL 0
#define kmalloc(size, flags) decoder_allocate(size)
#define vmalloc(size) decoder_allocate(size)
#define kfree(pointer) ((void)(pointer))
#define vfree(pointer) ((void)(pointer))

/* crc32.h */
#define crc32_le(crc, data, size) decoder_crc32_le(crc, data, size)

/* lz4.h */
typedef struct {
	const uint8_t *externalDict;
	size_t extDictSize;
	const uint8_t *prefixEnd;
	size_t prefixSize;
} LZ4_streamDecode_t_internal;
typedef union {
	LZ4_streamDecode_t_internal internal_donotuse;
} LZ4_streamDecode_t;
int LZ4_decompress_safe(const char *source, char *to, int source_size, int to_size);

#endif

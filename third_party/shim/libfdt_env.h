/* SPDX-License-Identifier: MIT */
/* What libfdt uses of its surroundings, with or without a C library. It includes this by its own name. */
#ifndef LIBFDT_ENV_H
#define LIBFDT_ENV_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint16_t fdt16_t;
typedef uint32_t fdt32_t;
typedef uint64_t fdt64_t;

#define fdt16_to_cpu(x) __builtin_bswap16(x)
#define cpu_to_fdt16(x) __builtin_bswap16(x)
#define fdt32_to_cpu(x) __builtin_bswap32(x)
#define cpu_to_fdt32(x) __builtin_bswap32(x)
#define fdt64_to_cpu(x) __builtin_bswap64(x)
#define cpu_to_fdt64(x) __builtin_bswap64(x)

#ifndef INT32_MAX
#define INT32_MAX INT_MAX
#endif

#ifndef __cplusplus
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

static inline size_t fdt_env_length(const char *text, size_t limit)
{
	size_t length = 0;

	while (length < limit && text[length])
		length++;
	return length;
}

static inline const void *fdt_env_find(const void *memory, int byte, size_t size)
{
	const unsigned char *at = (const unsigned char *)memory;

	for (; size > 0; size--, at++)
		if (*at == (unsigned char)byte)
			return at;
	return NULL;
}

static inline const char *fdt_env_find_last(const char *text, int character)
{
	const char *found = NULL;

	for (;; text++) {
		if (*text == (char)character)
			found = text;
		if (!*text)
			return found;
	}
}

#define strlen(text) fdt_env_length(text, SIZE_MAX)
#define strnlen(text, limit) fdt_env_length(text, limit)
#define memchr(memory, byte, size) fdt_env_find(memory, byte, size)
#define strrchr(text, character) fdt_env_find_last(text, character)
#endif

#endif

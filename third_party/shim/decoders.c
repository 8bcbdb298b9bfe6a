/* SPDX-License-Identifier: MIT */
#include "third_party/shim/decoders.h"

#include "third_party/shim/kernel.h"

#include <linux/xz.h>
#include <linux/zlib.h>
#include <linux/zstd_errors.h>
#include <linux/zstd_lib.h>

int zlib_inflate_workspacesize(void);

static uint8_t *arena_next;
static size_t arena_left;

static void use_arena(const struct decoder *job)
{
	arena_next = job->arena;
	arena_left = job->arena_size;
}

void *decoder_allocate(size_t size)
{
	size_t rounded = (size + 15) & ~(size_t)15;
	void *memory = arena_next;

	if (rounded < size || rounded > arena_left)
		return NULL;
	arena_next += rounded;
	arena_left -= rounded;
	return memory;
}

static struct xz_buf xz_buffer(const struct decoder *job)
{
	return (struct xz_buf){.in = job->in, .in_size = job->in_size, .out = job->out, .out_size = job->out_size};
}

static void xz_finish(struct decoder *job, const struct xz_buf *buffer)
{
	job->in_used = buffer->in_pos;
	job->out_used = buffer->out_pos;
}

enum decoder_status decoder_xz(struct decoder *job)
{
	struct xz_buf buffer = xz_buffer(job);
	struct xz_dec *state;

	use_arena(job);
	state = xz_dec_init(XZ_SINGLE, 0);
	if (!state)
		return DECODER_NO_MEMORY;
	enum xz_ret ret = xz_dec_run(state, &buffer);
	xz_finish(job, &buffer);
	switch (ret) {
	case XZ_STREAM_END:
		return DECODER_OK;
	case XZ_OPTIONS_ERROR:
	case XZ_UNSUPPORTED_CHECK:
		return DECODER_UNSUPPORTED;
	case XZ_BUF_ERROR:
		return DECODER_NO_SPACE;
	default:
		return DECODER_CORRUPT;
	}
}

/* MicroLZMA is LZMA whose first byte, always zero, holds the inverted properties instead: feed that byte by itself. */
enum decoder_status decoder_lzma(struct decoder *job, uint8_t properties, uint32_t dictionary_size)
{
	const uint8_t first = (uint8_t)~properties;
	struct xz_dec_microlzma *state;
	struct xz_buf buffer = xz_buffer(job);
	enum xz_ret ret;

	if (job->in_size < 1 || job->in_size > UINT32_MAX || job->out_size > UINT32_MAX)
		return DECODER_UNSUPPORTED;
	if (job->in[0] != 0)
		return DECODER_CORRUPT;
	use_arena(job);
	state = xz_dec_microlzma_alloc(XZ_SINGLE, min(max(dictionary_size, 4096u), 3u << 30));
	if (!state)
		return DECODER_NO_MEMORY;
	xz_dec_microlzma_reset(state, (uint32_t)job->in_size, (uint32_t)job->out_size, 0);
	buffer.in = &first;
	buffer.in_size = 1;
	ret = xz_dec_microlzma_run(state, &buffer);
	if (ret == XZ_OK && buffer.in_pos == 1) {
		buffer.in = job->in;
		buffer.in_pos = 1;
		buffer.in_size = job->in_size;
		ret = xz_dec_microlzma_run(state, &buffer);
	}
	xz_finish(job, &buffer);
	if (ret == XZ_STREAM_END)
		return DECODER_OK;
	return ret == XZ_OK ? DECODER_TRUNCATED : DECODER_CORRUPT;
}

static enum decoder_status zstd_status(size_t ret)
{
	switch (ZSTD_getErrorCode(ret)) {
	case ZSTD_error_no_error:
		return DECODER_OK;
	case ZSTD_error_dstSize_tooSmall:
		return DECODER_NO_SPACE;
	case ZSTD_error_memory_allocation:
		return DECODER_NO_MEMORY;
	case ZSTD_error_srcSize_wrong:
		return DECODER_TRUNCATED;
	default:
		return DECODER_CORRUPT;
	}
}

enum decoder_status decoder_zstd(struct decoder *job)
{
	ZSTD_DCtx *state = ZSTD_initStaticDCtx(job->arena, job->arena_size);
	size_t frame, made;

	if (!state)
		return DECODER_NO_MEMORY;
	frame = ZSTD_findFrameCompressedSize(job->in, job->in_size);
	if (ZSTD_isError(frame))
		return zstd_status(frame);
	made = ZSTD_decompressDCtx(state, job->out, job->out_size, job->in, frame);
	if (ZSTD_isError(made))
		return zstd_status(made);
	job->in_used = frame;
	job->out_used = made;
	return DECODER_OK;
}

enum decoder_status decoder_inflate(struct decoder *job)
{
	z_stream stream = {0};
	int ret;

	use_arena(job);
	stream.workspace = decoder_allocate((size_t)zlib_inflate_workspacesize());
	if (!stream.workspace)
		return DECODER_NO_MEMORY;
	stream.next_in = job->in;
	stream.avail_in = job->in_size;
	stream.next_out = job->out;
	stream.avail_out = job->out_size;
	if (zlib_inflateInit2(&stream, -MAX_WBITS) != Z_OK)
		return DECODER_CORRUPT;
	ret = zlib_inflate(&stream, Z_FINISH);
	job->in_used = job->in_size - stream.avail_in;
	job->out_used = job->out_size - stream.avail_out;
	if (ret == Z_STREAM_END)
		return DECODER_OK;
	if (ret != Z_OK && ret != Z_BUF_ERROR)
		return DECODER_CORRUPT;
	return stream.avail_in == 0 ? DECODER_TRUNCATED : DECODER_NO_SPACE;
}

enum decoder_status decoder_lz4_block(struct decoder *job)
{
	int made;

	if (job->in_size > INT_MAX)
		return DECODER_CORRUPT;
	made = LZ4_decompress_safe((const char *)job->in, (char *)job->out, (int)job->in_size,
				   job->out_size > INT_MAX ? INT_MAX : (int)job->out_size);
	if (made < 0)
		return DECODER_CORRUPT;
	job->in_used = job->in_size;
	job->out_used = (size_t)made;
	return DECODER_OK;
}

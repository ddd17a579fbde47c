/* SPDX-License-Identifier: MIT */
#include "tests/lib/sha384.h"

#include <string.h>

#include <openssl/evp.h>

#include "lib/check.h"

#define CHUNK_SIZE 256

/* The library's own type, under a name of ours. */
static EVP_MD_CTX *context(struct sha384 *h)
{
	return (EVP_MD_CTX *)h;
}

struct sha384 *sha384_start(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	CHECK(c && EVP_DigestInit_ex(c, EVP_sha384(), NULL) == 1);
	return (struct sha384 *)c;
}

void sha384_add(struct sha384 *h, const void *data, size_t size)
{
	CHECK(EVP_DigestUpdate(context(h), data, size) == 1);
}

void sha384_end(struct sha384 *h, uint8_t digest[SHA384_SIZE])
{
	CHECK(EVP_DigestFinal_ex(context(h), digest, NULL) == 1);
	EVP_MD_CTX_free(context(h));
}

void sha384(const void *data, size_t size, uint8_t digest[SHA384_SIZE])
{
	struct sha384 *h = sha384_start();

	sha384_add(h, data, size);
	sha384_end(h, digest);
}

static void add_record(struct sha384 *h, const char *name, uint64_t gpa)
{
	uint8_t record[128] = { 0 };

	memcpy(record, name, strlen(name));
	memcpy(record + 16, &gpa, sizeof(gpa));
	sha384_add(h, record, sizeof(record));
}

void sha384_add_page(struct sha384 *h, uint64_t gpa)
{
	add_record(h, "MEM.PAGE.ADD", gpa);
}

void sha384_add_extend(struct sha384 *h, uint64_t gpa, const void *chunk)
{
	add_record(h, "MR.EXTEND", gpa);
	sha384_add(h, chunk, CHUNK_SIZE);
}

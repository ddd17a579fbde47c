/* SPDX-License-Identifier: MIT */
#include "lib/format.h"

#include <stdbool.h>
#include <stdint.h>

struct sink {
	void (*put)(void *context, char c);
	void *context;
};

struct spec {
	bool left, zero;
	int width, precision; /* precision < 0: none */
	int longs;
};

static void pad(struct sink *s, char c, int count)
{
	while (count-- > 0)
		s->put(s->context, c);
}

static void put_text(struct sink *s, const struct spec *spec, const char *text, int length)
{
	if (!spec->left)
		pad(s, ' ', spec->width - length);
	for (int i = 0; i < length; i++)
		s->put(s->context, text[i]);
	if (spec->left)
		pad(s, ' ', spec->width - length);
}

static void put_string(struct sink *s, const struct spec *spec, const char *text)
{
	int length = 0;

	if (!text)
		text = "(null)";
	while ((spec->precision < 0 || length < spec->precision) && text[length])
		length++;
	put_text(s, spec, text, length);
}

static void put_number(struct sink *s, const struct spec *spec, uint64_t value, unsigned int base,
		       bool negative)
{
	char digits[24];
	int n = sizeof(digits);
	int length;

	do {
		digits[--n] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	length = (int)sizeof(digits) - n;
	if (spec->zero && !spec->left) {
		if (negative)
			s->put(s->context, '-');
		pad(s, '0', spec->width - length - negative);
	} else if (negative) {
		digits[--n] = '-';
		length++;
	}
	put_text(s, &(struct spec){ .left = spec->left, .width = spec->zero ? 0 : spec->width },
		 digits + n, length);
}

static const char *parse_spec(const char *p, struct spec *spec, va_list *args)
{
	*spec = (struct spec){ .precision = -1 };
	for (;; p++) {
		if (*p == '-')
			spec->left = true;
		else if (*p == '0')
			spec->zero = true;
		else
			break;
	}
	while (*p >= '0' && *p <= '9')
		spec->width = spec->width * 10 + (*p++ - '0');
	if (p[0] == '.' && p[1] == '*') {
		spec->precision = va_arg(*args, int);
		p += 2;
	}
	for (; *p == 'l' || *p == 'z'; p++)
		spec->longs++;
	return p;
}

static void put_conversion(struct sink *s, char conversion, const struct spec *spec, va_list *args)
{
	int64_t value;

	switch (conversion) {
	case 'c':
		put_text(s, spec, &(char){ (char)va_arg(*args, int) }, 1);
		break;
	case 's':
		put_string(s, spec, va_arg(*args, const char *));
		break;
	case 'd':
	case 'i':
		value = spec->longs ? va_arg(*args, int64_t) : va_arg(*args, int);
		put_number(s, spec, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0);
		break;
	case 'u':
	case 'x':
		put_number(s, spec,
			   spec->longs ? va_arg(*args, uint64_t) : va_arg(*args, unsigned int),
			   conversion == 'u' ? 10 : 16, false);
		break;
	case 'p':
		put_number(s, spec, (uintptr_t)va_arg(*args, void *), 16, false);
		break;
	default:
		s->put(s->context, conversion);
	}
}

void format(void (*put)(void *context, char c), void *context, const char *text, va_list args)
{
	struct sink s = { put, context };
	struct spec spec;
	va_list copy;

	va_copy(copy, args);
	for (; *text; text++) {
		if (*text != '%') {
			put(context, *text);
			continue;
		}
		text = parse_spec(text + 1, &spec, &copy);
		if (!*text)
			break;
		put_conversion(&s, *text, &spec, &copy);
	}
	va_end(copy);
}

struct buffer {
	char *data;
	size_t size, length;
};

static void put_buffer(void *context, char c)
{
	struct buffer *b = context;

	if (b->length + 1 < b->size)
		b->data[b->length] = c;
	b->length++;
}

size_t format_buffer(char *buffer, size_t size, const char *text, ...)
{
	struct buffer b = { buffer, size, 0 };
	va_list args;

	va_start(args, text);
	format(put_buffer, &b, text, args);
	va_end(args);
	if (size)
		buffer[b.length < size ? b.length : size - 1] = 0;
	return b.length;
}

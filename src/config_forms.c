#include "config_forms.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

enum { HOST_MAX = 253, PORT_DIGITS_MAX = 5, PORT_LAST = 65535 };

/* One host, without brackets: a name or an address of either family. */
static bool is_host(const char *at, size_t size)
{
    char host[HOST_MAX + 1];
    uint8_t address[16];
    if (size == 0 || size > HOST_MAX)
        return false;
    memcpy(host, at, size);
    host[size] = '\0';
    if (inet_pton(AF_INET6, host, address) == 1)
        return true;
    bool label_open = false; /* a label has begun and ends in no hyphen */
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)host[i];
        bool joint = c == '.' || c == '-';
        if (!joint && !isalnum(c))
            return false;
        if (joint && !label_open && !(c == '-' && i > 0 && host[i - 1] == '-'))
            return false;
        label_open = c != '.' && c != '-';
        if (c == '-' && (i + 1 == size || host[i + 1] == '.'))
            return false;
    }
    return label_open;
}

static bool is_loopback(const char *at, size_t size)
{
    char host[HOST_MAX + 1];
    struct in_addr four;
    struct in6_addr six;
    if (size == 0 || size > HOST_MAX)
        return false;
    memcpy(host, at, size);
    host[size] = '\0';
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &six) == 1)
        return memcmp(&six, &in6addr_loopback, sizeof six) == 0;
    return true; /* a name: known when it is looked up, at the start */
}

/* A whole number up to 65535; at least `least`. */
static bool is_port(const char *at, size_t size, unsigned least)
{
    unsigned number = 0;
    if (size == 0 || size > PORT_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!isdigit((unsigned char)at[i]))
            return false;
        number = number * 10 + (unsigned)(at[i] - '0');
    }
    return number >= least && number <= PORT_LAST;
}

/* HOST:PORT or [ADDRESS]:PORT. */
static bool split_host(const char *at, const char **host, size_t *size)
{
    const char *end = NULL;
    if (*at == '[') {
        end = strchr(at, ']');
        *host = at + 1;
        if (end == NULL || end[1] != ':')
            return false;
        *size = (size_t)(end - *host);
        end++;
    } else {
        end = strchr(at, ':');
        *host = at;
        if (end == NULL)
            return false;
        *size = (size_t)(end - at);
    }
    return is_host(*host, *size) && is_port(end + 1, strlen(end + 1), 0);
}

const char *form_listen(const char *value)
{
    const char *host = NULL;
    size_t size = 0;
    bool secure = strncmp(value, "https://", 8) == 0;
    bool plain = strncmp(value, "http://", 7) == 0;
    if ((!secure && !plain) || !split_host(value + (secure ? 8 : 7), &host, &size))
        return "not https://HOST:PORT";
    return plain && !is_loopback(host, size) ? "plain http is for loopback only" : NULL;
}

const char *form_ops(const char *value)
{
    const char *host = NULL;
    size_t size = 0;
    if (value[0] == '\0')
        return NULL;
    bool good = strncmp(value, "http://", 7) == 0 && split_host(value + 7, &host, &size);
    return good ? NULL : "not http://HOST:PORT, or empty";
}

const char *form_names(const char *value)
{
    unsigned count = 0;
    for (const char *at = value + strspn(value, ", "); *at != '\0'; at += strspn(at, ", ")) {
        size_t size = strcspn(at, ", ");
        bool brackets = size > 2 && at[0] == '[' && at[size - 1] == ']';
        if (!is_host(at + (brackets ? 1 : 0), size - (brackets ? 2 : 0)))
            return "not host names, separated by commas";
        if (++count > FORM_NAMES_MAX)
            return "more than 16 names";
        at += size;
    }
    return NULL;
}

const char *form_ports(const char *value)
{
    unsigned count = 0;
    for (const char *at = value; *at != '\0'; count++) {
        size_t size = strcspn(at, ",");
        if (!is_port(at, size, 1) || (at[size] == ',' && at[size + 1] == '\0'))
            return "not port numbers from 1 to 65535, separated by commas";
        at += size + (at[size] == ',' ? 1 : 0);
    }
    return count <= FORM_PORTS_MAX ? NULL : "more than 4 ports";
}

// Valid chunked bodies for the tests of the chunk reader.
#pragma once

#include <string>
#include <vector>

struct Body {
  std::string coded;
  std::string data;
};

inline const std::vector<Body> good{
    {"0\r\n\r\n", ""},
    {"5\r\nhello\r\n0\r\n\r\n", "hello"},
    {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
    {"0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "hello"},
    {"a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n", "01234567890123456789"},
    {"2\r\n\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n"},
    {"1 ;a\r\nx\r\n1\t; \tb \t= \t\"c\" ; d=e\t;f\r\ny\r\n00 ;last\r\n\r\n", "xy"},
    {"1;a=\"\"\r\nx\r\n1;b=\"\\\"\\\\\t;=\xE9\\\xE9\";c=!#$%&'*+-.^_`|~09azAZ\r\ny\r\n0\r\n\r\n", "xy"},
    {"1;name=value\r\nx\r\n1;quoted=\"a b\xE9\"\r\ny\r\n0;last\r\n\r\n", "xy"},
    {"1\r\nx\r\n0\r\nDigest: abc\r\nX-Tab:\t a\tb \xE9\r\nEmpty:\r\n\r\n", "x"},
    {"0\r\nTransfer-Encodings: a\r\nHos: b\r\nX-Host: c\r\nTrailer-Host: d\r\nContent-Lengt: e\r\n\r\n", ""},
    {"0\r\nX-Proxy-Authentication-Info-Of-Another-Kind: a\r\n\r\n", ""},
};

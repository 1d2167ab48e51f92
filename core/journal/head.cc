// SPDX-License-Identifier: Apache-2.0
#include "core/journal/head.h"

#include "core/base/digest.h"
#include "core/journal/chain.h"

#include <algorithm>
#include <charconv>

namespace rekam::journal {
namespace {

constexpr std::string_view purpose = "rekam journal head 1\n", signature_name = "signature ";

std::string text_of(const Head& head) {
    return std::string(purpose) + "station " + head.station + "\nseq " + std::to_string(head.seq) + "\nhash " +
           to_hex(head.hash) + "\ntime " + std::to_string(head.utc_us) + "\nkey " + head.key_id + "\n";
}

std::optional<std::int64_t> read_number(std::string_view digits) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() && end == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

/// The rest of the line that begins with `name`, taken off `text`.
std::optional<std::string> take_line(std::string_view& text, std::string_view name) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || !text.starts_with(name))
        return std::nullopt;
    std::string value(text.substr(name.size(), end - name.size()));
    text.remove_prefix(end + 1);
    return value;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

std::optional<KeptHead> read_paper(std::string_view text) {
    std::string plain;
    for (const char c : text)
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '-')
            plain.push_back(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
    const auto colon = plain.find(':');
    if (colon == std::string::npos)
        return std::nullopt;
    KeptHead kept;
    const auto seq = read_number(std::string_view(plain).substr(0, colon));
    kept.hash_digits = plain.substr(colon + 1);
    const bool fits = kept.hash_digits.size() >= paper_digits && kept.hash_digits.size() <= 2 * digest_bytes;
    if (!seq || *seq < 1 || !fits || !std::ranges::all_of(kept.hash_digits, is_hex))
        return std::nullopt;
    kept.seq = *seq;
    return kept;
}

} // namespace

std::string key_id_of(std::string_view public_key) { return sha256_hex(public_key).substr(0, 16); }

SignedHead sign(Head head, const SigningKey& key) {
    head.key_id = key_id_of(key.public_key());
    std::string text = text_of(head);
    std::string signature = key.sign(text);
    return {std::move(text), std::move(signature)};
}

std::optional<Head> read_head(std::string_view text) {
    std::string_view rest = text;
    if (!rest.starts_with(purpose))
        return std::nullopt;
    rest.remove_prefix(purpose.size());
    const auto station = take_line(rest, "station "), seq = take_line(rest, "seq "), hash = take_line(rest, "hash "),
               time = take_line(rest, "time "), key = take_line(rest, "key ");
    if (!station || !seq || !hash || !time || !key)
        return std::nullopt;
    const auto number = read_number(*seq), utc_us = read_number(*time);
    const auto bytes = from_hex(*hash);
    if (!number || !utc_us || !bytes || bytes->size() != digest_bytes)
        return std::nullopt;
    Head head{*station, *number, *bytes, *utc_us, *key};
    return text_of(head) == text ? std::optional(std::move(head)) : std::nullopt; // one text for one head
}

std::string on_paper(const Head& head) {
    std::string text = std::to_string(head.seq) + ":";
    const std::string digits = to_hex(head.hash).substr(0, paper_digits);
    for (std::size_t i = 0; i < digits.size(); i += 4)
        text += " " + digits.substr(i, 4);
    return text;
}

std::string print_head(const SignedHead& head) {
    return head.text + std::string(signature_name) + to_hex(head.signature) + "\n";
}

std::optional<KeptHead> read_kept(std::string_view text) {
    if (!text.starts_with(purpose))
        return read_paper(text);
    const auto at = text.find("\n" + std::string(signature_name));
    if (at == std::string_view::npos)
        return std::nullopt;
    const std::string_view signed_text = text.substr(0, at + 1);
    std::string_view rest = text.substr(at + 1);
    const auto head = read_head(signed_text);
    const auto digits = take_line(rest, signature_name);
    const auto signature = digits ? from_hex(*digits) : std::nullopt;
    if (!head || !signature)
        return std::nullopt;
    return KeptHead{head->seq, to_hex(head->hash), SignedHead{std::string(signed_text), *signature}};
}

} // namespace rekam::journal

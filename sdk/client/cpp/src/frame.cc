// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <utility>

#include <rekam/client_capture.h>

#include "sdk/client/cpp/src/data_socket.h"
#include "sdk/client/cpp/src/pending.h"
#include "sdk/client/cpp/src/read.h"

namespace rekam {
namespace {

constexpr std::int64_t chunk_bytes = 8 * 1024 * 1024; // the most that one frame.get returns
constexpr std::int64_t worth_a_ticket = 64 * 1024;    // below, one answer with the bytes is quicker

// Refusals of a ticket that mean nothing for the bytes themselves.
constexpr std::array<std::string_view, 7> without_ticket = {"denied", "not-covered", "too-large", "too-many",
                                                            "busy",   "no-answer",   "no-station"};

std::string sha256(const Bytes& data) {
    sha256_ctx state;
    ::sha256_init(&state);
    ::sha256_update(&state, data.size(), reinterpret_cast<const std::uint8_t*>(data.data()));
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    ::sha256_digest(&state, digest.size(), digest.data());
    std::string text = "sha256:";
    for (const std::uint8_t byte : digest) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

[[noreturn]] void bad(const FrameRecord& record, const std::string& why) {
    throw Error(local_error("bad-frame", "frame " + record.frame + " cannot be trusted: " + why + "; capture again",
                            "frame.get", "vendor", "now"));
}

void check(const FrameRecord& record, const Bytes& data) {
    if (static_cast<std::int64_t>(data.size()) != record.bytes) {
        bad(record, std::to_string(data.size()) + " bytes came, its record says " + std::to_string(record.bytes));
    }
    if (sha256(data) != record.hash)
        bad(record, "its bytes do not match the hash in its record");
}

Bytes fetch_pieces(const FrameRecord& record, const std::shared_ptr<Channel>& channel) {
    Bytes data;
    do {
        const auto offset = static_cast<std::int64_t>(data.size());
        const Answer answer =
            call(channel, "frame.get", {{"frame", record.frame}, {"offset", offset}, {"length", chunk_bytes}});
        const auto part = static_cast<std::size_t>(read::number(answer.result, "part"));
        if (part >= answer.parts.size() || (answer.parts[part].empty() && record.bytes > 0)) {
            bad(record, "the station sent no bytes for it");
        }
        data.insert(data.end(), answer.parts[part].begin(), answer.parts[part].end());
    } while (static_cast<std::int64_t>(data.size()) < record.bytes);
    return data;
}

// On the station's own machine by descriptor; elsewhere, or where that cannot be, in pieces.
Bytes fetch(const FrameRecord& record, const std::shared_ptr<Channel>& channel) {
    if (record.bytes < worth_a_ticket || data_socket(channel).empty())
        return fetch_pieces(record, channel);
    try {
        const Answer granted = call(channel, "frame.get", {{"frame", record.frame}, {"as", "ticket"}});
        return fetch_frame(read::text(granted.result, "socket"), read::text(granted.result, "ticket"));
    } catch (const Error& error) {
        if (std::find(without_ticket.begin(), without_ticket.end(), error.code()) == without_ticket.end())
            throw;
    }
    return fetch_pieces(record, channel);
}

} // namespace

Frame::Frame(FrameRecord record, std::shared_ptr<Channel> channel, std::optional<Bytes> data)
    : record_(std::move(record)), channel_(std::move(channel)), data_(std::move(data)) {
    if (data_)
        check(record_, *data_);
}

const Bytes& Frame::data() {
    if (!data_) {
        Bytes fetched = fetch(record_, channel_);
        check(record_, fetched);
        data_ = std::move(fetched);
    }
    return *data_;
}

void Frame::save(const std::filesystem::path& path) {
    const Bytes& bytes = data();
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file)
        throw std::filesystem::filesystem_error("cannot write a frame", path,
                                                std::make_error_code(std::errc::io_error));
}

void Frame::release() { call(channel_, "frame.release", {{"frames", boost::json::array{record_.frame}}}); }

} // namespace rekam

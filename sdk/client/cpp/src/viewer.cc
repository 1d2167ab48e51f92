// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/client/cpp/src/preview_frame.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <map>
#include <utility>

#include "sdk/client/cpp/src/channel.h"
#include "sdk/client/cpp/src/data_socket.h"
#include "sdk/client/cpp/src/read.h"
#include "sdk/client/cpp/src/request.h"

namespace rekam {

namespace json = boost::json;

PreviewFrame preview_frame(const json::object& record) {
    PreviewFrame frame;
    frame.seq = read::number(record, "seq");
    frame.format = read::text(record, "format");
    frame.width_px = read::number(record, "width_px");
    frame.height_px = read::number(record, "height_px");
    frame.taken_utc_us = read::number(read::object(record, "taken_at"), "utc_us");
    frame.quality = read::maybe_number(record, "quality");
    frame.guide = read::texts(record, "guide");
    frame.json = json::serialize(record);
    return frame;
}

struct PreviewViewer::Impl {
    Impl(const std::string& path, const std::string& ticket) : connection(path, ticket) {}

    DataSocket connection;
    std::map<std::int64_t, std::vector<Mapping>> pools;
    std::optional<json::object> has; // the picture that the application looks at
    bool asked = false, ended = false;

    void ask() {
        if (asked)
            return;
        json::object request{{"next", true}};
        if (has)
            request["back"] = *std::exchange(has, std::nullopt);
        connection.say(request);
        asked = true;
    }
    void take_pool(const json::object& pool, const std::vector<Descriptor>& descriptors) {
        const auto bytes = read::number(pool, "bytes");
        std::vector<Mapping> mapped;
        for (const auto& descriptor : descriptors) {
            if (sealed_bytes(descriptor.get(), Sealed::buffer) != bytes)
                throw Error(local_error("bad-frame", "the station handed out buffers of another size than it says",
                                        "data socket", "vendor", "now"));
            mapped.emplace_back(descriptor.get(), static_cast<std::size_t>(bytes));
        }
        pools.insert_or_assign(read::number(pool, "pool"), std::move(mapped));
    }
    PreviewView view(const json::object& record, json::object at) {
        const auto number = read::number(at, "pool");
        pools.erase(pools.begin(), pools.lower_bound(number));
        const auto pool = pools.find(number);
        const auto buffer = static_cast<std::size_t>(read::number(at, "buffer"));
        const auto bytes = static_cast<std::size_t>(read::number(record, "bytes"));
        asked = false;
        has = std::move(at);
        if (pool == pools.end() || buffer >= pool->second.size() || bytes > pool->second[buffer].bytes().size())
            throw Error(local_error("bad-frame", "the station shows a picture where there is no memory", "data socket",
                                    "vendor", "now"));
        const auto place = pool->second[buffer].bytes().substr(0, bytes);
        return {preview_frame(record), reinterpret_cast<const std::byte*>(place.data()), place.size()};
    }
};

PreviewViewer::PreviewViewer(const std::string& socket, const std::string& ticket)
    : impl_(std::make_unique<Impl>(socket, ticket)) {}
PreviewViewer::PreviewViewer(PreviewViewer&&) noexcept = default;
PreviewViewer::~PreviewViewer() = default;

bool PreviewViewer::ended() const { return impl_->ended; }

std::optional<PreviewView> PreviewViewer::look(std::optional<Milliseconds> timeout) {
    if (impl_->ended)
        return {};
    const std::int64_t until_ms = timeout ? monotonic_ms() + timeout->count() : 0;
    try {
        impl_->ask();
        for (;;) {
            const auto left =
                timeout ? std::optional(std::max<std::int64_t>(0, until_ms - monotonic_ms())) : std::nullopt;
            auto packet = impl_->connection.hear(left);
            if (!packet && timeout)
                return {};
            if (!packet)
                continue; // a signal
            if (packet->said.contains("buffers"))
                impl_->take_pool(read::object(packet->said, "buffers"), packet->descriptors);
            else if (packet->said.contains("picture"))
                return impl_->view(read::object(packet->said, "picture"), read::object(packet->said, "at"));
            else if (packet->said.contains("end")) {
                impl_->ended = true;
                return {};
            }
        }
    } catch (const Error&) {
        impl_->ended = true;
        throw;
    }
}

std::optional<PreviewFrame> PreviewViewer::next(std::optional<Milliseconds> timeout) {
    auto seen = look(timeout);
    if (!seen)
        return {};
    seen->record.data.assign(seen->data, seen->data + seen->size);
    return std::move(seen->record);
}

} // namespace rekam

// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/frame_peers.h"
#include "tests/bench/measure.h"

#include <rekam/client_preview.h>

#include <cstring>

namespace rekam::bench {
namespace {

constexpr std::size_t page = 4'096;
constexpr Milliseconds patience{20'000};

/// The newest picture of a preview through the client library: from the moment in which the driver begins with it,
/// which its first bytes say, until every page is read.
class Preview final : public Target {
  public:
    Preview(const std::string& socket, const std::string& ticket, std::size_t bytes)
        : viewer_(socket, ticket), bytes_(bytes) {}
    void once() override {
        const auto begun = now_ns();
        for (std::int64_t stamp = 0; stamp < begun;) {
            const auto picture = viewer_.look(patience);
            must(picture.has_value() && picture->size == bytes_, "a picture of the preview");
            std::memcpy(&stamp, picture->data, sizeof stamp);
            for (std::size_t at = 0; at < picture->size; at += page)
                sum_ += static_cast<std::size_t>(picture->data[at]);
            took_ns_ = now_ns() - stamp;
        }
    }
    [[nodiscard]] std::optional<std::int64_t> took_ns() const override { return took_ns_; }

  private:
    PreviewViewer viewer_;
    std::size_t bytes_, sum_ = 0;
    std::int64_t took_ns_ = 0;
};

} // namespace

std::unique_ptr<Target> make_preview_target(const std::string& place, std::size_t bytes) {
    const auto hash = place.find('#');
    return std::make_unique<Preview>(place.substr(0, hash), place.substr(hash + 1), bytes);
}

} // namespace rekam::bench

// SPDX-License-Identifier: Apache-2.0
// Pictures of a preview as its viewers get them, through the client library: from the moment in which the driver begins
// with one (it says so in its first bytes) until the last viewer has read every page of it. Compared with copying as
// many bytes once.
#include "tests/bench/commands.h"
#include "tests/bench/measure.h"

#include <rekam/client_preview.h>

#include <atomic>
#include <cstring>
#include <exception>
#include <map>
#include <thread>

namespace rekam::bench {
namespace {

constexpr std::size_t page = 4'096;
constexpr Milliseconds patience{20'000};
constexpr double ms = 1e6;

using Seen = std::map<std::int64_t, std::int64_t>; ///< number of a picture -> from its beginning until it was read

std::size_t read_every_page(const PreviewView& picture) {
    std::size_t sum = 0;
    for (std::size_t at = 0; at < picture.size; at += page)
        sum += static_cast<std::size_t>(picture.data[at]);
    return sum;
}

/// As many pictures as asked, none that began before this.
Seen watch(PreviewViewer& viewer, std::size_t bytes, int pictures, std::atomic<std::size_t>& sum) {
    const auto begun_ns = now_ns();
    Seen seen;
    while (std::ssize(seen) < pictures) {
        const auto picture = viewer.look(patience);
        must(picture.has_value() && picture->size == bytes, "a picture of the preview");
        std::int64_t stamp_ns = 0;
        std::memcpy(&stamp_ns, picture->data, sizeof stamp_ns);
        sum += read_every_page(*picture);
        if (stamp_ns >= begun_ns)
            seen[picture->record.seq] = now_ns() - stamp_ns;
    }
    return seen;
}

/// The slowest viewer of each picture that all of them have seen, in the middle.
double typical_ms(const std::vector<Seen>& all) {
    std::vector<double> took;
    for (const auto& [seq, first] : all.front()) {
        std::int64_t slowest = first;
        bool by_all = true;
        for (const auto& other : all) {
            const auto found = other.find(seq);
            by_all = by_all && found != other.end();
            slowest = by_all ? std::max(slowest, found->second) : slowest;
        }
        if (by_all)
            took.push_back(static_cast<double>(slowest) / ms);
    }
    must(!took.empty(), "a picture that all viewers have seen");
    return percentile(took, 0.5);
}

double copy_ms(std::vector<char>& to, const std::vector<char>& from) {
    std::vector<double> took;
    for (int i = 0; i < 3; ++i) {
        const auto begun = now_ns();
        std::memcpy(to.data(), from.data(), from.size());
        took.push_back(static_cast<double>(now_ns() - begun) / ms);
    }
    return percentile(took, 0.5);
}

} // namespace

void measure_preview(const PreviewOptions& options) {
    std::vector<PreviewViewer> viewers;
    for (const auto& ticket : options.tickets)
        viewers.emplace_back(options.socket, ticket);
    const std::vector<char> from(options.bytes, 1);
    std::vector<char> to(options.bytes, 2);
    std::atomic<std::size_t> sum{0};
    Figures figures;
    for (int round = -1; round < options.rounds; ++round) { // one to warm up
        std::vector<Seen> all(viewers.size());
        std::vector<std::exception_ptr> failed(viewers.size());
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < viewers.size(); ++i)
            threads.emplace_back([&, i] {
                try {
                    all[i] = watch(viewers[i], options.bytes, options.pictures, sum);
                } catch (const std::exception&) {
                    failed[i] = std::current_exception();
                }
            });
        for (auto& thread : threads)
            thread.join();
        for (const auto& one : failed)
            if (one)
                std::rethrow_exception(one);
        const double copied = copy_ms(to, from);
        if (round < 0)
            continue;
        figures.add("preview", "ms", typical_ms(all));
        figures.add("memcpy", "ms", copied);
    }
    figures.print();
}

} // namespace rekam::bench

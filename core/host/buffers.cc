// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/buffers.h"

#include <algorithm>
#include <utility>

namespace rekam::host {

void Buffers::made(PoolMade pool) {
    ++pool_;
    bytes_ = pool.bytes;
    generations_.assign(pool.descriptors.size(), 0);
    unsent_ = std::move(pool.descriptors);
}

bool Buffers::ready() const { return unsent_.empty() && std::ranges::find(generations_, 0) != generations_.end(); }

wire::BufferRef Buffers::take() {
    const auto free = std::ranges::find(generations_, 0);
    *free = ++last_;
    return {pool_, free - generations_.begin(), last_};
}

wire::BufferRef Buffers::moved(wire::BufferRef at) {
    at.pool = pool_;
    generations_.at(static_cast<std::size_t>(at.buffer.value)) = at.generation.value;
    return at;
}

void Buffers::give_back(const wire::BufferRef& at) {
    if (at.pool.value != pool_ || at.buffer.value >= std::ssize(generations_))
        return;
    auto& there = generations_[static_cast<std::size_t>(at.buffer.value)];
    if (there == at.generation.value)
        there = 0;
}

} // namespace rekam::host

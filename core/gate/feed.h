// SPDX-License-Identifier: Apache-2.0
// The public stream: sequence numbers, who listens, and beats that make a lost tail visible.
#pragma once

#include "core/gate/bounds.h"
#include "core/gate/event.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rekam::gate {

class Feed {
  public:
    explicit Feed(const Bounds& bounds) : bounds_(bounds) {}

    void start(const wire::GateConfig& config);

    /// The event as subscribers get it; empty when its number does not follow: it would look like an old one.
    std::optional<Publish> publish(const wire::EventHead& head, std::string_view data);

    /// Bounded: beyond Bounds::subscriptions every stream counts as subscribed from then on.
    void subscription(const Subscription& change);

    /// Prefixes of what somebody listens to; "" for all of it, also where they are too many to name.
    [[nodiscard]] std::vector<std::string> interests() const;

    /// The beat of this second: streams that changed in it, and those that somebody listens to.
    Publish beat();

    /// What a new subscriber gets first: one part, the topic "$welcome", a space, the JSON.
    [[nodiscard]] std::string welcome() const;

    [[nodiscard]] std::size_t prefixes() const { return prefixes_.size(); }

  private:
    [[nodiscard]] bool listened(std::string_view stream) const;

    Bounds bounds_;
    std::string head_;
    std::map<std::string, std::int64_t, std::less<>> seq_;
    std::set<std::string, std::less<>> changed_;
    std::set<std::string, std::less<>> prefixes_;
    bool all_ = false;
};

} // namespace rekam::gate

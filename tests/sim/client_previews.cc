// SPDX-License-Identifier: Apache-2.0
// What a client does with previews: it starts them, looks, and stops them, or forgets to.
#include "tests/sim/client.h"

#include <algorithm>

namespace rekam::sim {

void Client::preview(const HeldLease& lease, const std::string& slot, std::int64_t deadline_ms) {
    auto made = request("preview.start");
    made.slot = slot;
    made.case_ = lease.case_;
    made.lease = lease.id;
    made.progress = true;
    const std::string deadline = deadline_ms > 0 ? R"(,"deadline_ms":)" + std::to_string(deadline_ms) : std::string();
    std::string tickets;
    if (!world_.exact && world_.random.chance(500))
        tickets = R"(,"tickets":)" + std::to_string(world_.random.between(1, 4));
    made.body = tickets;
    ask(std::move(made),
        R"({"slot":")" + slot + R"(","rate_hz":)" + std::to_string(world_.between(1, 30)) + tickets + "}",
        deadline + R"(,"lease":")" + lease.id + '"');
}

void Client::stop_preview(const std::string& preview) {
    ask(request("preview.stop"), R"({"preview":")" + preview + "\"}");
}

void Client::stop_previews() {
    for (const auto& watched : previews_)
        stop_preview(watched.preview);
}

void Client::learn_preview(const Request& request, const boost::json::object& progress, bool picture) {
    pictures_ += picture ? 1 : 0;
    const std::string id(progress.at("preview").as_string());
    if (std::ranges::find(previews_, id, &Watched::preview) == previews_.end())
        previews_.push_back({id, request.id});
}

/// True: it did something. REQ sockets cannot watch.
bool Client::act_on_previews() {
    auto& random = world_.random;
    if (req_)
        return false;
    if (!previews_.empty() && random.chance(300))
        return stop_preview(random.pick(previews_).preview), true;
    if (leases_.empty() || (!previews_.empty() && random.chance(800)))
        return false;
    const auto& lease = random.pick(leases_);
    preview(HeldLease(lease), std::string(random.pick(lease.slots)), random.chance(300) ? some_deadline_ms() : 0);
    return true;
}

} // namespace rekam::sim

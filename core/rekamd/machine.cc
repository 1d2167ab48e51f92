// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/machine.h"

namespace rekam::rekamd {
namespace {

broker::Probed refused(const broker::Probe& wanted, std::string why) {
    broker::Probed probed;
    probed.number = wanted.number;
    probed.failure = std::move(why);
    return probed;
}

broker::Probed look_at(const broker::Probe& wanted, const io::MachinePlaces& places) {
    auto seen = io::look_at_device(wanted.physical, places);
    if (!seen)
        return refused(wanted, wanted.physical + " names no place of this machine");
    broker::Probed probed;
    probed.number = wanted.number;
    probed.connected = seen->connected;
    probed.vendor_id = std::move(seen->vendor_id);
    probed.product_id = std::move(seen->product_id);
    for (auto& node : seen->nodes)
        probed.nodes.push_back({std::move(node.path), std::move(node.subsystem), std::move(node.owner), node.may_open});
    for (auto& holder : seen->holders)
        probed.holders.push_back({holder.pid, std::move(holder.program)});
    probed.unseen = seen->unseen;
    probed.without_driver = std::move(seen->without_driver);
    probed.group = io::own_group();
    return probed;
}

} // namespace

Machine::Machine(boost::asio::io_context& loop, std::function<void(broker::Probed)> done, io::MachinePlaces places)
    : aside_(
          loop, std::move(done),
          [places = std::move(places)](const broker::Probe& wanted) { return look_at(wanted, places); }, refused) {}

} // namespace rekam::rekamd

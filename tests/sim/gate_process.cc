// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/gate_process.h"

#include "core/wire/codec.h"

#include <boost/json/parse.hpp>

#include <cstring>

#include <array>

namespace rekam::sim {
namespace {

constexpr std::int64_t attachment_bytes = 700;

} // namespace

GateProcess::GateProcess(World& world, Kernel& kernel, Far& far)
    : Process(world, kernel, "gate"), far_(far), table_({}), alarm_(world.schedule) {}

void GateProcess::started() { step(gate::Started{"build", static_cast<std::int64_t>(owner())}); }
/// What the shell does with binary parts: it stores and hashes them.
void GateProcess::store_parts(gate::ClientMessage& message) {
    for (std::int64_t i = 0; i < message.parts; ++i) {
        File file;
        file.bytes = attachment_bytes;
        message.stored.push_back({world_.handles.create(owner(), std::move(file)), attachment_bytes, "sha256:picture"});
    }
}

void GateProcess::received(wire::Message message) {
    gate::BrokerMessage event{std::move(message)};
    for (std::size_t i = 0; i < event.entropy.size(); i += sizeof tickets_) { // never the same twice, here or elsewhere
        ++tickets_;
        const auto mixed = (tickets_ + (owner() << 40U)) * 0x9e3779b97f4a7c15U;
        std::memcpy(event.entropy.data() + i, &mixed, sizeof mixed);
    }
    step(std::move(event));
}

void GateProcess::perform(gate::SendData& effect) {
    std::vector<File> files;
    for (const auto descriptor : effect.descriptors)
        files.push_back(world_.handles.file(descriptor, owner()));
    if (!far_.hand_over(effect.connection, effect.text, files))
        events_.emplace_back(gate::DataClosed{effect.connection});
}

void GateProcess::step(gate::Event event) {
    if (ended_)
        return;
    if (stalled_until_us_ > world_.schedule.now_us()) {
        auto kept = std::make_shared<gate::Event>(std::move(event));
        return after(stalled_until_us_ - world_.schedule.now_us() + 1, [this, kept] { step(std::move(*kept)); });
    }
    events_.push_back(std::move(event));
    if (!busy_)
        take_events();
}

/// A refused message comes back as an event of its own before anything else happens, as in the real loop.
void GateProcess::take_events() {
    busy_ = true;
    while (!events_.empty() && !ended_) {
        auto event = std::move(events_.front());
        events_.pop_front();
        const auto* message = std::get_if<gate::BrokerMessage>(&event);
        const bool is_event = is_open() && message && message->message.prefix.type == wire::Type::gate_event;
        if (auto* request = std::get_if<gate::ClientMessage>(&event))
            store_parts(*request);
        auto effects = table_.step(world_.now(), std::move(event));
        // The table drops an event whose number does not follow: subscribers would take it for an old one.
        require(!is_event || !effects.empty(), "stream_numbers_only_grow", "the gate dropped an event of rekamd's");
        for (auto& effect : effects)
            std::visit([this](auto& one) { perform(one); }, effect);
        if (events_.empty() && !ended_)
            check();
    }
    busy_ = false;
    if (!ended_)
        alarm_.set(table_.next_deadline_us(), world_.between(0, 1'500), [this] {
            if (open_ && world_.random.chance(20))
                listen();
            step(gate::Tick{});
        });
}

/// Every table of the gate has its bound, and every descriptor that it keeps waits in its outbox.
void GateProcess::check() const {
    const gate::Bounds bounds;
    require(table_.requests().size() <= bounds.open_requests && table_.outbox().parts() <= bounds.waiting_parts &&
                table_.outbox().bytes() <= bounds.waiting_bytes,
            "queues_are_bounded", "the gate keeps more than its bounds allow");
    const auto& handover = table_.handover();
    require(world_.handles.of(owner()).size() == table_.outbox().parts() + table_.held_parts() + handover.descriptors(),
            "descriptors_closed_exactly_once",
            "the gate holds " + std::to_string(world_.handles.of(owner()).size()) + " descriptors, " +
                std::to_string(table_.outbox().parts()) + " of them in its outbox");
    require(handover.descriptors() <= bounds.kept_descriptors && handover.connections() <= bounds.data_connections,
            "queues_are_bounded", "the gate hands out more than its bounds allow");
}

void GateProcess::perform(gate::SendClient& effect) {
    std::vector<File> files;
    for (const auto& part : effect.parts)
        files.push_back(world_.handles.file(part.descriptor, owner()));
    const auto took = far_.take(effect, files);
    if (took == Far::Took::yes) {
        for (const auto& part : effect.parts)
            world_.handles.close(part.descriptor, owner());
        return;
    }
    const auto reason =
        took == Far::Took::full ? gate::SendRefused::Reason::full : gate::SendRefused::Reason::unreachable;
    events_.emplace_back(gate::SendRefused{std::move(effect), reason});
}

void GateProcess::perform(gate::Publish& effect) {
    if (effect.topic == "$beat")
        return;
    const auto event = boost::json::parse(effect.json).as_object();
    const auto seq = event.at("seq").to_number<std::int64_t>();
    auto& last = published_[effect.topic];
    require(seq > last, "stream_numbers_only_grow", effect.topic + " " + std::to_string(seq));
    last = seq;
}

void GateProcess::perform(gate::Open&) {
    open_ = true;
    world_.say(name(), "opens");
    listen();
}

/// Subscribers come and go: nobody, one of a few streams, or one of all.
void GateProcess::listen() {
    static constexpr std::array<std::string_view, 4> prefixes{"", "slot.", "device.", "station"};
    const std::string prefix(prefixes[world_.random.below(prefixes.size())]);
    const bool on = listening_.insert(prefix).second;
    if (!on)
        listening_.erase(prefix);
    events_.emplace_back(gate::Subscription{on, prefix});
}

void GateProcess::perform(gate::Exit& effect) {
    ended_ = true;
    open_ = false;
    exit(effect.code);
}

/// Breaks the grammar of its channel. A gate that lies within the grammar can act as any client: no invariant of
/// clients could hold.
void GateProcess::lie() {
    wire::Message message;
    message.prefix.type = world_.random.chance(500) ? wire::Type::gate_taken : wire::Type::gate_request;
    message.prefix.incarnation = world_.random.below(4);
    message.json = world_.random.chance(500) ? wire::encode(wire::Taken{17}) : "nonsense";
    if (world_.random.chance(500))
        message.descriptors.push_back(world_.handles.create(owner(), {}));
    world_.say(name(), "lies");
    send(std::move(message));
}

} // namespace rekam::sim

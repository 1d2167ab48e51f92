// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/broker/harness.h"

#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"
#include "core/wire/json.h"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace rekam::broker {

using wire::Type;

World::World(Config config, std::map<std::string, FakePlugin> all, std::vector<Record> records, std::int64_t epoch)
    : plugins(std::move(all)), station_epoch(epoch) {
    for (const auto& record : records)
        disk[{record.kind, record.key}] = record.body;
    Restored restored{"st-1", "boot-1", "build-1", epoch, {"landlock"}, std::move(config), std::move(records)};
    step(std::move(restored));
}

World::~World() {
    for (const auto& [no, frame] : state().frames)
        EXPECT_EQ(open_descriptors_.erase(frame.descriptor), 1U) << "a kept frame whose descriptor was closed";
    for (const auto& [no, preview] : state().previews)
        for (const auto buffer : preview.buffers)
            EXPECT_EQ(open_descriptors_.erase(buffer), 1U) << "a buffer of a pool was closed";
    for (const auto& [no, preview] : state().previews)
        if (preview.waiting) {
            EXPECT_EQ(open_descriptors_.erase(preview.waiting->descriptor), 1U) << "a waiting picture was closed";
        }
    EXPECT_TRUE(open_descriptors_.empty()) << open_descriptors_.size() << " descriptors were never closed";
}

void World::step(Event event) {
    following_.push_back(std::move(event));
    while (!following_.empty()) {
        Event next = std::move(following_.front());
        following_.pop_front();
        auto effects = broker_.step(now, std::move(next));
        for (auto& effect : effects)
            carry_out(effect);
    }
}

void World::pass_ms(std::int64_t ms) {
    const std::int64_t until_us = now.mono_us + ms * us_per_ms;
    while (now.mono_us < until_us) {
        const std::int64_t next_us = std::clamp(broker_.next_deadline_us(), now.mono_us + 1, until_us);
        const std::int64_t passed_us = next_us - now.mono_us;
        now.mono_us += passed_us;
        now.boot_us += passed_us;
        now.utc_us += passed_us;
        step(Tick{});
    }
}

void World::suspend_ms(std::int64_t ms) {
    now.boot_us += ms * us_per_ms;
    now.utc_us += ms * us_per_ms;
    step(Tick{});
}

void World::carry_out(Effect& effect) {
    std::visit([this](auto& one) { on(one); }, effect);
}

void World::on(Spawn& effect) {
    const ChildId id = effect.child;
    ASSERT_TRUE(children_.emplace(id, FakeChild{effect, true, false, false, {}}).second) << "a child number twice";
    following_.push_back(ChildStarted{id, static_cast<std::int64_t>(1'000 + id)});
    const bool gate = effect.kind == ChildKind::gate;
    if (gate ? !gates_greet : !hosts_greet)
        return;
    follow(id, gate ? Type::gate_hello : Type::host_hello,
           wire::encode(wire::ChildHello{"build-1", static_cast<std::int64_t>(1'000 + id)}));
    if (gate) // somebody listens to everything
        follow(id, Type::gate_interest, wire::encode(wire::GateInterest{{""}}));
}

void World::on(Kill& effect) {
    children_.at(effect.child).killed = true;
    if (children_die_when_killed && children_.at(effect.child).alive)
        follow_death(effect.child, 0, 9);
}

void World::follow_death(ChildId id, int code, int signal) {
    children_.at(id).alive = false;
    following_.push_back(ChildExited{id, code, signal, ""});
    following_.push_back(ChildGone{id, false});
}

void World::die(ChildId id, int signal) {
    children_.at(id).alive = false;
    step(ChildExited{id, 0, signal, ""});
    step(ChildGone{id, false});
}

void World::follow(ChildId id, Type type, std::string json, wire::Prefix prefix) {
    ChildMessage event;
    event.child = id;
    prefix.type = type;
    if (children_.at(id).spawn.kind == ChildKind::gate)
        prefix.incarnation = static_cast<std::uint64_t>(state().gate.epoch);
    event.message = {prefix, std::move(json), {}, {}};
    following_.push_back(std::move(event));
}

void World::say(ChildId id, Type type, std::string json, wire::Prefix prefix, std::vector<wire::Descriptor> descriptors,
                std::vector<std::int64_t> sealed) {
    ChildMessage event;
    event.child = id;
    if (type == Type::gate_interest) // whoever listens from now on has not heard what was before
        last_seq_.clear();
    prefix.type = type;
    if (children_.at(id).spawn.kind == ChildKind::gate && prefix.incarnation == 0)
        prefix.incarnation = static_cast<std::uint64_t>(state().gate.epoch);
    const auto known = state().children.find(id);
    if (known != state().children.end() && known->second.devices.size() == 1 && prefix.request == 0)
        prefix.request = known->second.devices.front();
    for (const auto descriptor : descriptors)
        open_descriptors_.insert(descriptor);
    event.message = {prefix, std::move(json), {}, std::move(descriptors)};
    event.sealed_bytes = std::move(sealed);
    step(std::move(event));
}

void World::on(Send& effect) {
    auto& message = effect.message;
    EXPECT_LE(message.json.size(), wire::max_json_bytes);
    EXPECT_LE(message.tail.size(), wire::max_tail_bytes);
    EXPECT_LE(message.descriptors.size(), wire::max_descriptors);
    for (const auto descriptor : message.descriptors)
        EXPECT_TRUE(open_descriptors_.contains(descriptor)) << "a closed descriptor is sent";
    FakeChild& to = children_.at(effect.child);
    if (!to.alive)
        return;
    to.heard.push_back(message);
    switch (to.spawn.kind) {
    case ChildKind::gate: return gate_hears(message);
    case ChildKind::host: return host_hears(effect.child, message);
    case ChildKind::enumerator: return enumerator_hears(effect.child, message);
    }
}

void World::gate_hears(const wire::Message& message) {
    const auto& prefix = message.prefix;
    const ChildId id = gate_id();
    const std::string body = message.json.empty() ? "{}" : message.json;
    Answer answer{(prefix.flags & wire::flag_error) == 0, parse_object(body), message.tail, message.descriptors,
                  prefix.session};
    if (prefix.type == Type::gate_config)
        last_seq_.clear();
    if (prefix.type == Type::gate_ping && !child(id).mute)
        follow(id, Type::gate_pong, "");
    if (prefix.type == Type::gate_stop && !child(id).mute)
        follow_death(id, 0, 0);
    if (prefix.type == Type::gate_buffers && gates_take) {
        wire::Prefix taken;
        taken.request = prefix.request;
        follow(id, Type::gate_taken, wire::encode(wire::Taken{std::ssize(message.descriptors)}), taken);
    }
    if (prefix.type == Type::gate_progress) {
        EXPECT_FALSE(answers_.contains(prefix.request)) << "progress after the reply: " << body;
        if (!message.descriptors.empty() && gates_take) {
            wire::Prefix taken;
            taken.request = prefix.request;
            follow(id, Type::gate_taken, wire::encode(wire::Taken{1}), taken);
        }
        progress_[prefix.request].push_back(std::move(answer));
    } else if (prefix.type == Type::gate_reply) {
        EXPECT_TRUE(asked_.contains(prefix.request));
        if (!answer.ok)
            check_error(answer);
        if (!message.descriptors.empty() && gates_take)
            follow(id, Type::gate_taken,
                   wire::encode(wire::Taken{static_cast<std::int64_t>(message.descriptors.size())}));
        EXPECT_TRUE(answers_.emplace(prefix.request, std::move(answer)).second) << "answered twice: " << body;
    } else if (prefix.type == Type::gate_event) {
        const auto head = wire::decode<wire::EventHead>(message.tail);
        ASSERT_TRUE(head.has_value());
        const auto last = last_seq_.find(head->stream); // what a gate missed while it started is no gap
        EXPECT_TRUE(last == last_seq_.end() || head->seq == last->second + 1) << head->stream << " " << head->seq;
        EXPECT_EQ(answer["seq"], head->stream == "station" ? "-" : std::to_string(head->seq));
        last_seq_[head->stream] = head->seq;
        events_[head->stream].push_back(std::move(answer));
    }
}

void World::check_error(const Answer& answer) {
    const auto code = model::parse<model::Code>(answer["code"]);
    ASSERT_TRUE(code.has_value()) << answer.text();
    EXPECT_EQ(answer["class"], model::name(model::facts(*code).cls)) << answer.text();
    const bool unknown = has_side_effects && answer["effect"] == "unknown";
    if (unknown) {
        EXPECT_EQ(answer["retry"], "after-fix") << answer.text();
    } else if (*code != model::Code::internal) { // a capture that the station's restart ended says better: now
        EXPECT_EQ(answer["retry"], model::name(model::facts(*code).retry)) << answer.text();
    }
    if (!has_side_effects) {
        EXPECT_EQ(answer["effect"], "none") << answer.text();
    }
    EXPECT_GE(answer["message"].size(), 12U) << answer.text();
}

void World::on(CloseDescriptor& effect) {
    EXPECT_EQ(open_descriptors_.erase(effect.descriptor), 1U) << "closed twice, or never open: " << effect.descriptor;
}

void World::on(Append& effect) {
    if (!store_answers) {
        held_appends.push_back(effect.token);
        return;
    }
    if (store_fails) {
        following_.push_back(AppendFailed{effect.token, store_is_full, "no luck"});
        return;
    }
    for (const auto& entry : effect.entries) { // each key once, too
        EXPECT_TRUE(wire::parse_json(entry.body)) << entry.body;
        EXPECT_TRUE(entry.personal.empty() || wire::parse_json(entry.personal)) << entry.personal;
    }
    journal.insert(journal.end(), effect.entries.begin(), effect.entries.end());
    for (const auto& record : effect.records)
        if (record.body.empty())
            disk.erase({record.kind, record.key});
        else
            disk[{record.kind, record.key}] = record.body;
    following_.push_back(Durable{effect.token, store_on_reserve});
}

void World::on(Lookup& effect) {
    ++lookups;
    const auto row = disk.find({effect.kind, effect.key});
    following_.push_back(Found{effect.token, row == disk.end() ? std::nullopt : std::optional(row->second)});
}

std::vector<Record> World::stored() const {
    std::vector<Record> records;
    for (const auto& [key, body] : disk)
        records.push_back({key.first, key.second, body});
    return records;
}

wire::Descriptor World::new_descriptor() {
    open_descriptors_.insert(++last_descriptor_);
    return last_descriptor_;
}

std::uint64_t World::request(std::uint64_t session, const std::string& header, const std::string& tail,
                             std::vector<wire::Descriptor> descriptors, std::vector<std::int64_t> sealed) {
    ChildMessage event;
    event.child = gate_id();
    event.message.prefix.type = Type::gate_request;
    event.message.prefix.request = ++last_request_;
    event.message.prefix.session = session;
    event.message.prefix.incarnation = static_cast<std::uint64_t>(state().gate.epoch);
    event.message.json = header;
    event.message.tail = tail;
    event.message.descriptors = std::move(descriptors);
    event.sealed_bytes = std::move(sealed);
    event.nonce.fill(++last_nonce_);
    event.nonce[0] = static_cast<std::uint8_t>(last_request_ >> 8);
    asked_.insert(last_request_);
    const auto request = last_request_;
    step(std::move(event));
    return request;
}

const Answer* World::answer(std::uint64_t request) const {
    const auto found = answers_.find(request);
    return found == answers_.end() ? nullptr : &found->second;
}

std::vector<Answer> World::progress(std::uint64_t request) const {
    const auto found = progress_.find(request);
    return found == progress_.end() ? std::vector<Answer>{} : found->second;
}

std::vector<std::uint64_t> World::unanswered() const {
    std::vector<std::uint64_t> open;
    std::ranges::copy_if(asked_, std::back_inserter(open), [&](auto one) { return !answers_.contains(one); });
    return open;
}

void World::take_descriptors(std::int64_t count, std::uint64_t request) {
    wire::Prefix prefix;
    prefix.request = request;
    say(gate_id(), Type::gate_taken, wire::encode(wire::Taken{count}), prefix);
}

std::vector<Answer> World::events(const std::string& stream) { return std::exchange(events_[stream], {}); }

} // namespace rekam::broker

// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/path_station.h"

#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"

#include <cstring>
#include <stdexcept>

namespace rekam::bench {
namespace {

constexpr const char* build = "build";
constexpr const char* client = "i00001";
constexpr std::int64_t step_us = 100; ///< the clock goes on by so much with each message of a client

wire::EnumDevice device_facts() {
    wire::EnumDevice facts;
    facts.id = "dev-1";
    facts.make = "Rekam";
    facts.model = "Bench";
    facts.serial = "dev-1";
    facts.functions = {model::Function::mrz_reader};
    return facts;
}

broker::Config config() {
    broker::Config config;
    config.endpoints = {
        .requests = "requests", .events = "events", .tcp_requests = {}, .tcp_events = {}, .station_key = {}};
    broker::SlotConfig slot;
    slot.name = "mrz";
    slot.function = model::Function::mrz_reader;
    slot.device = "*/dev-1";
    config.slots.push_back(slot);
    config.plugins.push_back({.name = "bench", .path = "/bench.so", .environment = {}, .granted = {}});
    return config;
}

/// What a reader of zones found.
wire::Readings zone() {
    const auto read = wire::decode<wire::HostFinal>(
        R"({"frames":0,"readings":{"mrz":{"kind":"TD3","lines":["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",)"
        R"("L898902C36UTO7408122F1204159ZE184226B<<<<<10"],"fields":{"document_code":"P","issuer":"UTO",)"
        R"("surname":"ERIKSSON","given_names":"ANNA MARIA","number":"L898902C3","nationality":"UTO",)"
        R"("birth_date":"740812","sex":"F","expiry_date":"120415","optional_data":"ZE184226B"},)"
        R"("checks":[{"field":"number","read":"6","computed":"6","ok":true}],"valid":true}}})");
    if (!read)
        throw std::runtime_error(read.error().message);
    return *read->readings;
}

/// There and back through the bytes of a packet, as over a channel.
wire::Message through_packet(wire::Message message) {
    wire::Packer packer;
    packer.add(std::move(message));
    auto messages = wire::unpack(packer.front().bytes, packer.front().descriptors);
    if (!messages)
        throw std::runtime_error(messages.error().message);
    return std::move(messages->front());
}

} // namespace

PathStation::PathStation() : gate_({}) {
    broker::Restored restored;
    restored.station_id = "ST-1";
    restored.boot = "boot-1";
    restored.build = build;
    restored.station_epoch = 1;
    restored.config = config();
    step(std::move(restored));
}

const std::string& PathStation::ask(std::string header) {
    now_.mono_us += step_us;
    now_.boot_us += step_us;
    now_.utc_us += step_us;
    answer_.clear();
    gate::ClientMessage message;
    message.client = client;
    message.connection = 1;
    message.principal.transport = "ipc";
    message.principal.uid = message.principal.gid = 1'000;
    message.header = std::move(header);
    gate_step(std::move(message));
    settle();
    if (answer_.find(R"("ok":true)") == std::string::npos)
        throw std::runtime_error("the station answers: " + answer_);
    return answer_;
}

void PathStation::step(broker::Event event) {
    events_.push_back(std::move(event));
    settle();
}

void PathStation::settle() {
    while (!events_.empty()) {
        broker::Event event = std::move(events_.front());
        events_.pop_front();
        for (auto& effect : broker_.step(now_, std::move(event)))
            carry_out(effect);
    }
}

void PathStation::carry_out(broker::Effect& effect) {
    if (auto* send = std::get_if<broker::Send>(&effect))
        to_child(send->child, through_packet(std::move(send->message)));
    else if (auto* append = std::get_if<broker::Append>(&effect))
        events_.emplace_back(broker::Durable{append->token});
    else if (const auto* wanted = std::get_if<broker::Spawn>(&effect))
        spawn(*wanted);
}

void PathStation::spawn(const broker::Spawn& effect) {
    events_.emplace_back(broker::ChildStarted{effect.child, 1'000});
    switch (effect.kind) {
    case broker::ChildKind::gate: gate_child_.id = effect.child; return gate_step(gate::Started{build, 1'000});
    case broker::ChildKind::host: host_child_.id = effect.child; return host_step(0, host::Started{build, 1'000});
    case broker::ChildKind::enumerator: {
        enumerator_child_.id = effect.child;
        wire::Message hello;
        hello.prefix.type = wire::Type::host_hello;
        hello.json = wire::encode(wire::ChildHello{build, 1'000});
        return to_broker(effect.child, std::move(hello));
    }
    }
}

void PathStation::to_child(broker::ChildId child, wire::Message message) {
    if (child == gate_child_.id)
        gate_step(gate::BrokerMessage{std::move(message)});
    else if (child == host_child_.id)
        host_step(0, host::Received{std::move(message)});
    else if (message.prefix.type == wire::Type::enum_start)
        enumerate(message);
}

void PathStation::enumerate(const wire::Message& message) {
    wire::ManifestRecord manifest;
    manifest.id = "id.bench";
    manifest.name = manifest.vendor = "Bench";
    manifest.abi_major = 1;
    manifest.process = "own";
    manifest.threading = "free";
    manifest.functions = {model::Function::mrz_reader};
    const auto tell = [&](wire::Type type, std::string json) {
        wire::Message answer;
        answer.prefix.type = type;
        answer.prefix.incarnation = message.prefix.incarnation;
        answer.json = std::move(json);
        to_broker(enumerator_child_.id, std::move(answer));
    };
    tell(wire::Type::enum_manifest, wire::encode(manifest));
    tell(wire::Type::enum_device, wire::encode(device_facts()));
    tell(wire::Type::enum_done, "");
    events_.emplace_back(broker::ChildExited{enumerator_child_.id, 0, 0, ""});
    events_.emplace_back(broker::ChildGone{enumerator_child_.id, false});
}

void PathStation::to_broker(broker::ChildId child, wire::Message message) {
    broker::ChildMessage event;
    event.child = child;
    event.message = through_packet(std::move(message));
    ++nonce_;
    std::memcpy(event.nonce.data(), &nonce_, sizeof nonce_);
    events_.emplace_back(std::move(event));
}

void PathStation::gate_step(gate::Event event) {
    for (auto& effect : gate_.step(now_, std::move(event))) {
        if (auto* message = std::get_if<gate::SendBroker>(&effect))
            to_broker(gate_child_.id, std::move(message->message));
        else if (auto* answer = std::get_if<gate::SendClient>(&effect))
            answer_ = std::move(answer->header);
    }
}

void PathStation::host_step(host::DeviceNo device, host::Event event) {
    for (auto& one : host_.step(now_, device, std::move(event)))
        host_acts(one.device, one.effect);
}

void PathStation::host_acts(host::DeviceNo device, host::Effect& effect) {
    if (auto* send = std::get_if<host::Send>(&effect)) {
        to_broker(host_child_.id, std::move(send->message));
    } else if (std::holds_alternative<host::Open>(effect)) {
        wire::HostReady ready;
        ready.device = device_facts();
        ready.capabilities["mrz-reader"] = {R"({"type":"object","properties":{}})"};
        host_step(device, host::Opened{std::move(ready)});
    } else if (const auto* run = std::get_if<host::Run>(&effect)) {
        static const wire::Readings readings = zone();
        host_step(device, host::RunEnded{run->call, {}, {}, readings});
    } else if (const auto* check = std::get_if<host::Check>(&effect)) {
        wire::HostHealth health;
        health.state = model::HealthState::ok;
        host_step(device, host::Checked{check->call, std::move(health)});
    }
}

} // namespace rekam::bench

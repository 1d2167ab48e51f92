// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/broker/errors.h"
#include "tests/unit/gate/harness.h"

namespace rekam::broker {
namespace {

using gate::ClientMessage;
using gate::testing::from_client;
using gate::testing::Gate;
using gate::testing::header;
using gate::testing::hello;
using gate::testing::token_a;
using enum model::Code;

Answer refusal(Gate& gate) {
    Answer answer;
    answer.ok = gate.refused() == "ok";
    if (auto* error = gate.answer.if_contains("error"))
        answer.body = error->as_object();
    return answer;
}

/// What a gate with one open session answers.
Answer refused(ClientMessage message) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    gate.client(std::move(message));
    return refusal(gate);
}
Answer refused(const std::string& text) { return refused(from_client(text)); }
Answer refused(std::string_view op, const std::string& more) { return refused(header(op, "1", token_a, more)); }

ClientMessage station_get() { return from_client(header("station.get", "1", token_a)); }

std::string many_keys() {
    std::string text = "{";
    for (int i = 0; i < 3'000; ++i)
        text += "\"" + std::to_string(i) + "\":1,";
    return text + "\"v\":1}";
}

/// One open request more than a session may have (four), or than the gate may have of all clients.
Answer one_too_many(std::size_t all) {
    Gate gate(gate::Bounds{.open_requests = all});
    gate.open();
    gate.join(token_a, 9);
    for (const auto* id : {"a", "b", "c", "d"})
        gate.client(from_client(header("station.get", id, token_a)));
    gate.client(from_client(header("station.get", "e", token_a)));
    return refusal(gate);
}

ErrorRows bad_requests() {
    return {
        {bad_request, "no_json", "caller", "never", "header", "must be one JSON document in UTF-8",
         [] { return refused(std::string("GET / HTTP/1.1")); }},
        {bad_request, "no_object", "caller", "never", "header", "must be one JSON object",
         [] { return refused(std::string("[]")); }},
        {bad_request, "equal_keys", "caller", "never", "same key", "send each key once",
         [] { return refused(std::string(R"({"v":1,"v":1})")); }},
        {bad_request, "wrong_type", "caller", "never", "params.slot", "must be a string",
         [] { return refused("slot.get", R"("params":{"slot":3})"); }},
        {bad_request, "missing_field", "caller", "never", "params.slot", "is missing",
         [] { return refused("slot.get", R"("params":{})"); }},
        {bad_request, "no_session", "caller", "never", "session", "say hello",
         [] { return refused(header("station.get", "1", "")); }},
        {bad_request, "no_deadline", "caller", "never", "deadline_ms", "say how long",
         [] { return refused("capture.start", R"("params":{"slot":"photo","subject":"face"})"); }},
        {bad_request, "parts", "caller", "never", "station.get", "send the header alone",
         [] {
             auto message = station_get();
             message.parts = 1;
             return refused(message);
         }},
        {bad_request, "req_with_progress", "caller", "never", "progress", "leave progress out",
         [] {
             auto message = from_client(header("station.get", "1", token_a, R"("progress":true,"params":{})"));
             message.is_req = true;
             return refused(message);
         }},
        {bad_request, "own_routing_id", "caller", "never", "routing id", "do not set ZMQ_ROUTING_ID",
         [] {
             auto message = station_get();
             message.names_itself = true;
             return refused(message);
         }},
        {bad_request, "id_twice", "caller", "never", "id", "must differ",
         [] {
             Gate gate;
             gate.open();
             gate.join(token_a, 9);
             gate.client(station_get());
             gate.client(station_get());
             return refusal(gate);
         }},
    };
}

ErrorRows limits() {
    return {
        {too_large, "header", "caller", "never", "70000 bytes", "send a shorter one",
         [] { return refused(std::string(70'000, ' ')); }},
        {too_large, "keys", "caller", "never", "2048 keys", "send fewer", [] { return refused(many_keys()); }},
        {too_large, "nesting", "caller", "never", "nested deeper", "send a flatter one",
         [] { return refused(R"({"v":)" + std::string(100, '[') + std::string(100, ']') + "}"); }},
        {too_large, "parts", "caller", "never", "17 parts", "send fewer",
         [] {
             auto message = station_get();
             message.parts = 17;
             return refused(message);
         }},
        {too_large, "bytes", "caller", "never", "67108865 bytes", "send less",
         [] {
             auto message = station_get();
             message.parts = 1;
             message.part_bytes = (64 << 20) + 1;
             return refused(message);
         }},
        {too_many, "open_requests", "caller", "later", "4 open requests", "wait for an answer",
         [] { return one_too_many(100); }},
        {too_many, "hellos", "caller", "later", "hellos", "wait for an answer",
         [] {
             Gate gate;
             gate.open();
             for (const auto* id : {"a", "b", "c", "d", "e"})
                 gate.client(from_client(hello(id)));
             return refusal(gate);
         }},
        {busy, "gate", "system", "later", "open request", "try again after retry_ms", [] { return one_too_many(3); }},
    };
}

} // namespace

ErrorRows gate_errors() {
    ErrorRows rows{
        {unknown_op, "op", "caller", "never", "make.coffee", "see `rights` in hello",
         [] { return refused("make.coffee", R"("params":{})"); }},
        {unsupported_version, "v", "caller", "never", "v must be 1", "speaks version 1 only",
         [] { return refused(std::string(R"({"v":2,"id":"1"})")); }},
        {unknown_session, "token", "caller", "now", "session", "say hello",
         [] { return refused(header("station.get", "1", std::string(32, '0'))); }},
        {denied, "tcp_without_key", "caller", "never", "station's key", "send the text of the file station.key",
         [] {
             auto message = from_client(hello());
             message.principal = {"tcp", {}, {}, {}, false};
             return refused(message);
         }},
        {denied, "no_identity", "caller", "never", "who you are", "use the station's ipc endpoint",
         [] {
             auto message = from_client(hello());
             message.principal.uid.reset();
             return refused(message);
         }},
        {no_lease, "none_sent", "caller", "now", "lease is missing", "call lease.acquire",
         [] {
             return refused("capture.start", R"("deadline_ms":1,"station_epoch":17,"idem":"i",
                                                "params":{"slot":"photo","subject":"face"})");
         }},
        {unsupported_parameter, "name", "caller", "never", "params.colour", "leave it out",
         [] { return refused("slot.get", R"("params":{"slot":"photo","colour":1})"); }},
        {out_of_range, "bounds", "caller", "never", "params.limit", "must be 1 to 100",
         [] { return refused("slot.list", R"("params":{"limit":101})"); }},
        {out_of_range, "schema", "caller", "never", "nothing", "schema.get without name lists them",
         [] { return refused("schema.get", R"("params":{"name":"nothing"})"); }},
    };
    for (auto&& more : {bad_requests(), limits()})
        rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

} // namespace rekam::broker

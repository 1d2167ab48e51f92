// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/broker/errors.h"

namespace rekam::broker {
namespace {

using enum model::Code;

Answer asked(const std::string& op, const std::string& params) { return Setting().client.ask(op, params); }

/// A second client that wants what the first one has.
Answer leased_by_another(const std::string& more, const std::function<void(Config&)>& tweak = {}) {
    Setting at(tweak);
    Client other(at.world, "desk-2");
    return other.ask("lease.acquire", R"({"slots":["photo"],"case":")" + other.open_case() + "\"" + more + "}");
}

ErrorRows unknown_things() {
    return {
        {bad_request, "job_get", "caller", "never", "job or idem", "send exactly one",
         [] { return asked("job.get", "{}"); }},
        {bad_request, "health_check", "caller", "never", "slot or device", "send exactly one",
         [] { return asked("health.check", "{}"); }},
        {unknown_slot, "slot_get", "caller", "never", "fingers", "see slot.list",
         [] { return asked("slot.get", R"({"slot":"fingers"})"); }},
        {unknown_slot, "health_check", "caller", "never", "fingers", "see slot.list",
         [] { return asked("health.check", R"({"slot":"fingers"})"); }},
        {unknown_slot, "lease_list", "caller", "never", "fingers", "see slot.list",
         [] { return asked("lease.list", R"({"slot":"fingers"})"); }},
        {unknown_slot, "lease_acquire", "caller", "never", "fingers", "see slot.list",
         [] { return asked("lease.acquire", R"({"slots":["second","fingers"],"case":"C"})"); }},
        {unknown_slot, "capture", "caller", "never", "fingers", "see slot.list",
         [] {
             Setting at;
             return at.client.reply(at.client.capture(at.lease, "k1", "fingers"));
         }},
        {unknown_device, "device_get", "caller", "never", "org.cam/9", "see device.list",
         [] { return asked("device.get", R"({"device":"org.cam/9"})"); }},
        {unknown_device, "health_check", "caller", "never", "org.cam/9", "see device.list",
         [] { return asked("health.check", R"({"device":"org.cam/9"})"); }},
        {unknown_plugin, "device_list", "caller", "never", "org.other", "see plugin.list",
         [] { return asked("device.list", R"({"plugin":"org.other"})"); }},
        {unknown_case, "case_get", "caller", "never", "C-0", "see case.list",
         [] { return asked("case.get", R"({"case":"C-0"})"); }},
        {unknown_case, "of_another", "caller", "never", "C-", "see case.list",
         [] {
             Setting at;
             return Client(at.world, "spy", 2000).ask("case.close", R"({"case":")" + at.visit + "\"}");
         }},
        {unknown_case, "lease_acquire", "caller", "never", "C-0", "open one",
         [] { return asked("lease.acquire", R"({"slots":["second"],"case":"C-0"})"); }},
        {unknown_job, "job", "caller", "never", "J-1-9", "see job.list",
         [] { return asked("job.get", R"({"job":"J-1-9"})"); }},
        {unknown_job, "cancel", "caller", "never", "J-1-9", "see job.list",
         [] { return asked("job.cancel", R"({"job":"J-1-9"})"); }},
        {unknown_job, "idem", "caller", "never", "k9", "send it again with the same idem",
         [] { return asked("job.get", R"({"idem":"k9"})"); }},
        {unknown_frame, "get", "caller", "never", "F-1-4711", "use the ids of a capture's result",
         [] { return asked("frame.get", R"({"frame":"F-1-4711"})"); }},
        {unknown_frame, "release", "caller", "never", "F-1-4711", "use the ids of a capture's result",
         [] { return asked("frame.release", R"({"frames":["F-1-4711"]})"); }},
        {unknown_session, "idle", "caller", "now", "session", "say hello again",
         [] {
             Setting at([](Config& config) { config.quotas.session_idle_ms = 60'000; });
             Client idle(at.world, "idle");
             at.world.pass_ms(180'000);
             return idle.ask("station.get");
         }},
        {unknown_session, "resume", "caller", "now", "session", "say hello without resume",
         [] {
             Setting at;
             return Client(at.world, "x", 1000, std::string(32, '0')).hello;
         }},
    };
}

ErrorRows leases_and_cases() {
    return {
        {case_closed, "lease_acquire", "caller", "never", "C-", "open a new one",
         [] {
             Setting at;
             at.client.ask("case.close", R"({"case":")" + at.visit + "\"}");
             return at.client.ask("lease.acquire", R"({"slots":["photo"],"case":")" + at.visit + "\"}");
         }},
        {no_lease, "renew", "caller", "now", "L-9", "acquire it again",
         [] { return asked("lease.renew", R"({"lease":"L-9"})"); }},
        {no_lease, "release", "caller", "now", "L-9", "acquire it again",
         [] { return asked("lease.release", R"({"lease":"L-9"})"); }},
        {no_lease, "capture", "caller", "now", "L-9", "acquire it again",
         [] {
             Setting at;
             return at.client.reply(at.client.capture("L-9", "k1"));
         }},
        {no_lease, "other_slot", "caller", "now", "slot second", "acquire one that does",
         [] {
             Setting at;
             return at.client.reply(at.client.capture(at.lease, "k1", "second"));
         }},
        {lease_held, "by_another", "caller", "later", "slot photo", "send wait_ms",
         [] { return leased_by_another(""); }},
        {lease_held, "by_oneself", "caller", "later", "L-1", "use it, or release it first",
         [] {
             Setting at;
             return at.client.ask("lease.acquire", R"({"slots":["photo"],"case":")" + at.visit + "\"}");
         }},
        {lease_held, "moving_check", "caller", "later", "slot photo", "ask when its lease has ended",
         [] {
             Setting at;
             return Client(at.world, "desk-2").ask("health.check", R"({"slot":"photo","level":"exercise"})");
         }},
        {too_many, "waiters", "caller", "later", "wait for slots", "try again later",
         [] {
             return leased_by_another(R"(,"wait_ms":1000)", [](Config& config) { config.quotas.lease_waiters = 0; });
         }},
        {too_many, "sessions", "caller", "later", "session", "close programs that are not needed",
         [] {
             Setting at([](Config& config) { config.limits.sessions = 1; });
             return Client(at.world, "second").hello;
         }},
        {too_many, "open_cases", "caller", "later", "cases are open", "close those that are finished",
         [] {
             Setting at([](Config& config) { config.quotas.cases_open = 1; });
             return at.client.ask("case.open", R"({"purpose":"enrol"})");
         }},
    };
}

ErrorRows frames() {
    return {
        {result_expired, "released", "caller", "never", "F-1-1", "capture again",
         [] {
             Setting at;
             at.running([&] { at.world.deliver(at.cam); });
             at.client.ask("frame.release", R"({"frames":["F-1-1"]})");
             return at.client.ask("frame.get", R"({"frame":"F-1-1"})");
         }},
        {result_expired, "of_another", "caller", "never", "F-1-1", "capture again",
         [] {
             Setting at;
             at.running([&] { at.world.deliver(at.cam); });
             return Client(at.world, "desk-2").ask("frame.get", R"({"frame":"F-1-1"})");
         }},
        {out_of_range, "offset", "caller", "never", "params.offset is 1000", "must be below",
         [] {
             Setting at;
             at.running([&] { at.world.deliver(at.cam); });
             return at.client.ask("frame.get", R"({"frame":"F-1-1","offset":1000})");
         }},
        {too_large, "pages", "caller", "never", "more than 1 frames", "set pages_max",
         [] {
             Setting at([](Config& config) { config.quotas.frames_per_job = 1; });
             return at.running([&] {
                 at.world.frame(at.cam);
                 at.world.frame(at.cam, R"({"index":1})");
                 at.world.fail(at.cam, "cancelled");
             });
         }},
        {too_large, "unread", "caller", "never", "unread frames", "frame.release",
         [] {
             Setting at([](Config& config) { config.limits.unread_frame_bytes = 999; });
             return at.running([&] {
                 at.world.frame(at.cam);
                 at.world.fail(at.cam, "cancelled");
             });
         }},
    };
}

} // namespace

ErrorRows request_errors() {
    auto rows = unknown_things();
    for (auto&& more : {leases_and_cases(), frames()})
        rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

} // namespace rekam::broker

// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/broker/errors.h"

namespace rekam::broker {
namespace {

using enum model::Code;

/// A capture that fails in the words of its plugin: "motor 7".
Answer reported(const std::string& code) {
    Setting at;
    return at.running([&] { at.world.fail(at.cam, code, "motor 7"); });
}

/// A capture of the left hand that finds these fingers.
Answer slap(std::initializer_list<const char*> found) {
    FakePlugin plugin;
    plugin.id = "org.fp";
    plugin.devices.resize(1);
    plugin.devices[0].id = "7";
    plugin.devices[0].function = model::Function::fingerprint;
    World world(make_config({make_slot("fingers", "org.fp/7", model::Function::fingerprint)}, {"fp"}),
                {{"/plugins/fp.so", plugin}});
    Client client(world);
    const auto asked = client.capture(client.lease("fingers", client.open_case()), "k1", "fingers", "slap.left");
    std::string fingers;
    for (const auto* one : found)
        fingers += std::string(fingers.empty() ? "" : ",") + R"({"position":"finger.)" + one + "\"}";
    world.frame("org.fp/7", R"({"fingers":[)" + fingers + "]}");
    world.final("org.fp/7", 1);
    return client.reply(asked);
}

/// A running capture that `end` ends; its plugin returns then.
Answer cancelled_by(const std::function<void(Setting&)>& end) {
    Setting at;
    return at.running([&] {
        end(at);
        at.world.fail(at.cam, "cancelled");
    });
}

ErrorRows refused_captures() {
    return {
        {stale_epoch, "epoch", "caller", "now", "has restarted since", "say hello",
         [] {
             Setting at;
             at.world.station_epoch = 0; // what the client believes
             return at.capture();
         }},
        {stale_epoch, "epoch_to_come", "caller", "now", "has not reached", "say hello",
         [] {
             Setting at;
             at.world.station_epoch = 7;
             return at.capture();
         }},
        {idem_conflict, "other_params", "caller", "never", "J-1-1", "make a new key",
         [] {
             Setting at;
             at.client.capture(at.lease, "k1");
             return at.capture(R"("zoom":200)");
         }},
        {too_many, "joined", "caller", "later", "this job", "use job.get",
         [] {
             Setting at;
             for (int i = 0; i < 4; ++i)
                 at.client.capture(at.lease, "k1");
             return at.capture();
         }},
        {too_many, "attempts", "caller", "later", "attempt 2 at face", "raise it",
         [] {
             Setting at;
             at.running([&] { at.world.fail(at.cam, "moved"); });
             return at.capture(R"("max_attempts":1)", "k2");
         }},
        {too_many, "captures", "caller", "later", "the case", "close it and open another",
         [] {
             Setting at([](Config& config) { config.quotas.captures_per_case = 0; });
             return at.capture();
         }},
    };
}

/// What its parameters say cannot be.
ErrorRows refused_parameters() {
    return {
        {unsupported_parameter, "function", "caller", "never", "params.dpi", "leave it out",
         [] { return Setting().capture(R"("dpi":300)"); }},
        {unsupported_parameter, "device", "caller", "never", "params.acme:sharpen", "see slot.get",
         [] { return Setting().capture(R"("acme:sharpen":3)"); }},
        {out_of_range, "device", "caller", "never", "params.zoom is 999", "\"maximum\":400",
         [] { return Setting().capture(R"("zoom":999)"); }},
        {out_of_range, "subject_of_another_function", "caller", "never", "slap.left",
         "choose of face, face.exception, document.front",
         [] {
             Setting at;
             return at.client.reply(at.client.capture(at.lease, "k1", "photo", "slap.left"));
         }},
        {out_of_range, "subject", "caller", "never", "nose", "choose of face, face.exception, document.front",
         [] {
             Setting at;
             return at.client.reply(at.client.capture(at.lease, "k1", "photo", "nose"));
         }},
        {out_of_range, "exception", "caller", "never", "finger.left-ring", "name its parts only",
         [] { return Setting().capture(R"("exceptions":[{"subject":"finger.left-ring","reason":"missing"}])"); }},
        {busy, "queue", "system", "later", "slot photo", "try again later",
         [] {
             Setting at([](Config& config) { config.quotas.jobs_per_device = 1; });
             at.client.capture(at.lease, "k1");
             return at.capture("", "k2");
         }},
    };
}

ErrorRows ended_by_somebody() {
    return {
        {timeout, "deadline", "operator", "now", "the deadline", "try again with more time",
         [] {
             Setting at;
             const auto ended = [&] {
                 at.world.pass_ms(1'000);
                 at.world.fail(at.cam, "cancelled");
             };
             return at.running(ended, "", 1'000);
         }},
        {timeout, "extended_too_late", "operator", "now", "J-1-1", "job.get tells how",
         [] {
             Setting at;
             at.running([&] { at.world.deliver(at.cam); });
             return at.client.ask("job.extend", R"({"job":"J-1-1","deadline_ms":5000})");
         }},
        {cancelled, "on_request", "operator", "now", "on request", "capture again if it is still wanted",
         [] { return cancelled_by([](Setting& at) { at.client.ask("job.cancel", R"({"job":"J-1-1"})"); }); }},
        {cancelled, "lease", "operator", "now", "its lease ended", "acquire another",
         [] {
             return cancelled_by(
                 [](Setting& at) { at.client.ask("lease.release", R"({"lease":")" + at.lease + "\"}"); });
         }},
        {cancelled, "case", "operator", "now", "its case was closed", "needs a new one",
         [] {
             return cancelled_by([](Setting& at) { at.client.send("case.close", R"({"case":")" + at.visit + "\"}"); });
         }},
        {cancelled, "rebound", "operator", "now", "bound to another device", "capture again",
         [] {
             return cancelled_by(
                 [](Setting& at) { at.world.step(ConfigLoaded{make_config({make_slot("photo", "org.cam/2")})}); });
         }},
        {cancelled, "stop", "operator", "now", "the station is stopping", "capture again when it is back",
         [] { return cancelled_by([](Setting& at) { at.world.step(Stop{}); }); }},
    };
}

ErrorRows unfit_results() {
    return {
        {no_subject, "no_frame", "operator", "now", "without a picture", "place the subject and try again",
         [] {
             Setting at;
             return at.running([&] { at.world.final(at.cam, 0); });
         }},
        {poor_quality, "below", "operator", "now", "quality 40 is below the asked 60: dark", "try again",
         [] {
             Setting at;
             const auto poor = [&] {
                 at.world.frame(
                     at.cam,
                     R"({"quality":[{"score":40,"algorithm":"q","version":"1","by":"vendor","reasons":["dark"]}]})");
                 at.world.final(at.cam, 1);
             };
             return at.running(poor, R"("min_quality":60)");
         }},
        {wrong_subject, "frame", "operator", "now", "document.page", "check it and try again",
         [] {
             Setting at;
             return at.running([&] {
                 at.world.frame(at.cam, R"({"subject":"document.page"})");
                 at.world.fail(at.cam, "cancelled");
             });
         }},
        {wrong_subject, "hand", "operator", "now", "finger.right-ring instead of finger.left-ring", "check hand",
         [] {
             return slap({"left-index", "left-middle", "right-ring", "left-little"});
         }},
        {too_few_fingers, "missing", "operator", "now", "finger.left-ring", "place them, or except those",
         [] {
             return slap({"left-index", "left-middle", "left-little"});
         }},
        {too_many_fingers, "extra", "operator", "now", "finger.left-thumb", "lift them and try again",
         [] {
             return slap({"left-index", "left-middle", "left-ring", "left-little", "left-thumb"});
         }},
        {bad_frame, "stale", "vendor", "later", "exposed before this request", "try again",
         [] {
             Setting at;
             return at.running([&] {
                 at.world.frame(at.cam, R"({"exposure":{"mono_us":1,"basis":"driver"}})");
                 at.world.fail(at.cam, "cancelled");
             });
         }},
        {moved, "reported", "operator", "now", "motor 7", "hold still", [] { return reported("moved"); }},
        {cover_open, "reported", "operator", "after-fix", "motor 7", "close the cover",
         [] { return reported("cover-open"); }},
        {feeder_empty, "reported", "operator", "after-fix", "motor 7", "load paper",
         [] { return reported("feeder-empty"); }},
        {jam, "reported", "operator", "after-fix", "motor 7", "clear the jam", [] { return reported("jam"); }},
        {too_hot, "reported", "technician", "later", "motor 7", "let it cool", [] { return reported("too-hot"); }},
        {device_error, "reported", "vendor", "later", "motor 7", "try again", [] { return reported("device-error"); }},
    };
}

} // namespace

ErrorRows capture_errors() {
    auto rows = refused_captures();
    for (auto&& more : {refused_parameters(), ended_by_somebody(), unfit_results()})
        rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

} // namespace rekam::broker

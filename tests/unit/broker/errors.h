// SPDX-License-Identifier: Apache-2.0
// One row for each way in which a client brings an error about: what it does, and what the answer must say. The rows
// lie in one file per place that refuses; errors_test.cc holds them against the closed list of codes.
#pragma once

#include "tests/unit/broker/client.h"

namespace rekam::broker {

struct ErrorRow {
    model::Code code;
    const char* what;  ///< the way, a name for the test
    const char* cls;   ///< expected class
    const char* retry; ///< expected retry
    const char* names; ///< what the message must name
    const char* says;  ///< what it must tell to do
    Answer (*cause)();
};
using ErrorRows = std::vector<ErrorRow>;

ErrorRows gate_errors();    ///< refused before the broker hears of it
ErrorRows request_errors(); ///< refused by the broker
ErrorRows capture_errors(); ///< a capture that comes to nothing
ErrorRows device_errors();  ///< a device, plugin or station that cannot
ErrorRows card_errors();    ///< a print or a card exchange that comes to nothing

/// The usual desk for one row: two cameras, a case, a lease on "photo".
struct Setting {
    explicit Setting(const std::function<void(Config&)>& tweak = {},
                     std::map<std::string, FakePlugin> plugins = two_cameras())
        : world(tweaked(tweak), std::move(plugins)) {}

    Answer capture(const std::string& more = {}, const std::string& idem = "k1") {
        return client.reply(client.capture(lease, idem, "photo", "face", more));
    }
    /// The answer to a capture that runs until `then` has happened.
    Answer running(const std::function<void()>& then, const std::string& more = {}, std::int64_t deadline_ms = 30'000) {
        const auto asked = client.capture(lease, "k1", "photo", "face", more, deadline_ms);
        then();
        return client.reply(asked);
    }

    World world;
    Client client{world};
    std::string visit = client.open_case();
    std::string lease = client.lease("photo", visit);
    const std::string cam = "org.cam/1";

  private:
    static Config tweaked(const std::function<void(Config&)>& tweak) {
        auto config = make_config({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")});
        if (tweak)
            tweak(config);
        return config;
    }
};

} // namespace rekam::broker

// SPDX-License-Identifier: Apache-2.0
// A client of the made-up station, and the usual one-camera desk.
#pragma once

#include "tests/unit/broker/harness.h"

#include <gtest/gtest.h>

namespace rekam::broker {

class Client {
  public:
    /// Says hello. Clients of another user id are other principals.
    explicit Client(World& world, const std::string& name = "desk-1", std::int64_t uid = 1000,
                    const std::string& resume = {}, const std::string& operator_name = {});

    /// Sends; `envelope` is further fields of the header: R"("progress":true)".
    std::uint64_t send(const std::string& op, const std::string& params = "{}", const std::string& envelope = {});
    /// Sends, and gives the reply that must come at once.
    Answer ask(const std::string& op, const std::string& params = "{}", const std::string& envelope = {});

    /// An open case.
    std::string open_case(const std::string& purpose = "enrol");
    /// A lease on the slots ("photo" or "a\",\"b") for the case.
    std::string lease(const std::string& slots, const std::string& case_id, const std::string& more = {});
    /// capture.start; `more` are further params: R"("zoom":200)".
    std::uint64_t capture(const std::string& lease, const std::string& idem, const std::string& slot = "photo",
                          const std::string& subject = "face", const std::string& more = {},
                          std::int64_t deadline_ms = 30'000);
    /// The reply to a request, which must have come.
    Answer reply(std::uint64_t request) const;
    bool is_open(std::uint64_t request) const { return world_.answer(request) == nullptr; }

    Answer hello; ///< what it said
    std::uint64_t session = 0;
    std::string token;

  private:
    World& world_;
    int last_id_ = 0;
};

/// One camera "org.cam/1" behind slot "photo", another behind "second"; a client with a case and a lease on "photo".
class Desk : public ::testing::Test {
  protected:
    World world{make_config({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")}), two_cameras()};
    Client client{world};
    std::string visit = client.open_case();
    std::string lease = client.lease("photo", visit);
    const std::string cam = "org.cam/1";

    Answer job_of(const std::string& idem) { return client.ask("job.get", R"({"idem":")" + idem + "\"}"); }
    Answer case_record() { return client.ask("case.get", R"({"case":")" + visit + "\"}"); }
    Answer slot(const std::string& name) { return client.ask("slot.get", R"({"slot":")" + name + "\"}"); }
    Answer device(const std::string& id) { return client.ask("device.get", R"({"device":")" + id + "\"}"); }
};

} // namespace rekam::broker

// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/broker/client.h"

namespace rekam::broker {

Client::Client(World& world, const std::string& name, std::int64_t uid, const std::string& resume,
               const std::string& operator_name)
    : world_(world) {
    const std::string header = R"({"v":1,"id":"h","op":"hello","params":{"client":")" + name + "\"" +
                               (operator_name.empty() ? "" : R"(,"operator":")" + operator_name + "\"") +
                               (resume.empty() ? "" : R"(,"resume":")" + resume + "\"") + "}}";
    const auto request =
        world.request(0, header, R"({"transport":"ipc","key_shown":false,"uid":)" + std::to_string(uid) + "}");
    hello = reply(request);
    session = hello.session;
    token = hello["session"];
}

std::uint64_t Client::send(const std::string& op, const std::string& params, const std::string& envelope) {
    const std::string header = R"({"v":1,"id":")" + std::to_string(++last_id_) + R"(","op":")" + op +
                               R"(","session":")" + token + "\"" + (envelope.empty() ? "" : ",") + envelope +
                               R"(,"params":)" + params + "}";
    return world_.request(session, header);
}

Answer Client::ask(const std::string& op, const std::string& params, const std::string& envelope) {
    return reply(send(op, params, envelope));
}

Answer Client::reply(std::uint64_t request) const {
    const Answer* answer = world_.answer(request);
    if (!answer) {
        ADD_FAILURE() << "request " << request << " has no reply";
        return {};
    }
    return *answer;
}

std::string Client::open_case(const std::string& purpose) {
    return ask("case.open", R"({"purpose":")" + purpose + "\"}")["case"];
}

std::string Client::lease(const std::string& slots, const std::string& case_id, const std::string& more) {
    const auto got = ask("lease.acquire", R"({"slots":[")" + slots + R"("],"case":")" + case_id + "\"" +
                                              (more.empty() ? "" : ",") + more + "}");
    EXPECT_EQ(got.code(), "ok") << got.text();
    return got["lease"];
}

std::uint64_t Client::capture(const std::string& lease, const std::string& idem, const std::string& slot,
                              const std::string& subject, const std::string& more, std::int64_t deadline_ms) {
    const std::string envelope = R"("progress":true,"deadline_ms":)" + std::to_string(deadline_ms) +
                                 R"(,"station_epoch":)" + std::to_string(world_.station_epoch) + R"(,"idem":")" + idem +
                                 R"(","lease":")" + lease + "\"";
    return send("capture.start",
                R"({"slot":")" + slot + R"(","subject":")" + subject + "\"" + (more.empty() ? "" : ",") + more + "}",
                envelope);
}

} // namespace rekam::broker

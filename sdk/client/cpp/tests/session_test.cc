// SPDX-License-Identifier: Apache-2.0 OR MIT
// The pure halves under a virtual clock: what sockets would take minutes to show.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "sdk/client/cpp/src/follower.h"
#include "sdk/client/cpp/src/read.h"
#include "sdk/client/cpp/src/session.h"

namespace rekam {
namespace {

namespace json = boost::json;
using State = SessionCore::State;

json::object parse(std::string_view text) { return json::parse(text).as_object(); }

class SessionTest : public testing::Test {
  protected:
    SessionTest() : core({{"client", "t"}}, "p", "") {
        core.connected(now);
        answer(welcome(1, false));
    }

    static json::object welcome(int gate, bool resumed = true) {
        return {{"session", std::string(32, '5')}, {"resumed", resumed}, {"station_epoch", 1}, {"gate_epoch", gate}};
    }

    std::vector<json::object> take() {
        std::vector<json::object> taken;
        for (const auto& text : core.outbox())
            taken.push_back(parse(text));
        core.outbox().clear();
        return taken;
    }

    void answer(const json::object& result, const json::object& header) {
        core.message(now, {{"id", header.at("id")}, {"more", false}, {"ok", true}, {"result", result}}, {});
    }
    void answer(const json::object& result) { answer(result, take().back()); }
    void refuse(const char* code, const json::object& header) {
        const json::object error{{"code", code}, {"class", "caller"}, {"retry", "never"}, {"effect", "none"}};
        core.message(now, {{"id", header.at("id")}, {"more", false}, {"ok", false}, {"error", error}}, {});
    }
    void refuse(const char* code) { refuse(code, take().back()); }

    std::shared_ptr<Request> request(const char* op, std::int64_t expires_in_ms = 10'000, const char* idem = "") {
        auto made = std::make_shared<Request>();
        made->op = op;
        made->idem = idem;
        if (*idem != '\0')
            made->fields = {{"idem", idem}, {"deadline_ms", 10'000}};
        made->expires_at_ms = now + expires_in_ms;
        made->deadline_at_ms = now + 10'000;
        made->on_end = [this](const Outcome& outcome) { ends.push_back(outcome.error ? outcome.error->code : "ok"); };
        core.submit(now, made);
        return made;
    }

    std::shared_ptr<HeldLease> hold(std::int64_t ttl_ms) {
        auto held = std::make_shared<HeldLease>();
        held->lease = "L-1";
        held->ttl_ms = ttl_ms;
        held->on_lost = [this](const ErrorBody& error) { ends.push_back("lost " + error.code); };
        core.hold(now, held);
        return held;
    }

    std::int64_t now = 100'000;
    SessionCore core;
    std::vector<std::string> ends;
};

TEST_F(SessionTest, hello_is_sent_again_until_it_is_answered) {
    core.disconnected();
    EXPECT_EQ(core.state(), State::down);
    core.connected(now);
    const auto first = take();
    EXPECT_EQ(read::text(read::object(first[0], "params"), "resume"), std::string(32, '5'));
    now = *core.next_timer_ms(now);
    core.tick(now);
    EXPECT_EQ(take().size(), 1U);
    answer(welcome(1), first[0]); // a slow one still counts
    EXPECT_EQ(core.state(), State::ready);
}

TEST_F(SessionTest, a_silent_gate_that_did_not_change_loses_nothing) {
    request("case.open");
    const auto sent = take().at(0);
    now = *core.next_timer_ms(now);
    core.tick(now);
    EXPECT_EQ(core.state(), State::greeting);
    answer(welcome(1));
    EXPECT_TRUE(core.outbox().empty());
    answer({}, sent);
    EXPECT_EQ(ends, std::vector<std::string>{"ok"});
}

TEST_F(SessionTest, a_beat_of_a_new_gate_starts_a_hello_and_an_old_one_does_not) {
    core.beat(now, {1, 1});
    EXPECT_EQ(core.state(), State::ready);
    core.beat(now, {1, 2});
    EXPECT_EQ(core.state(), State::greeting);
    answer(welcome(2));
    core.beat(now, {1, 1});
    EXPECT_EQ(core.state(), State::ready);
}

TEST_F(SessionTest, answers_of_before_the_loss_are_stale) {
    request("case.open");
    const auto sent = take().at(0);
    core.disconnected();
    answer({}, sent);
    EXPECT_EQ(core.stale(), 1U);
    EXPECT_TRUE(ends.empty());
}

TEST_F(SessionTest, a_refused_client_says_so_to_everyone) {
    core.disconnected();
    request("station.get");
    core.connected(now);
    refuse("unsupported-version");
    EXPECT_EQ(core.state(), State::refused);
    request("station.get");
    EXPECT_EQ(ends, (std::vector<std::string>{"unsupported-version", "unsupported-version"}));
}

TEST_F(SessionTest, unknown_session_is_not_asked_for_ever) {
    request("case.open");
    for (int i = 0; i < 10; ++i) {
        for (const auto& header : take()) {
            if (read::text(header, "op") == "hello") {
                answer(welcome(1), header);
            } else {
                refuse("unknown-session", header);
            }
        }
    }
    EXPECT_EQ(ends, std::vector<std::string>{"unknown-session"});
}

TEST_F(SessionTest, leases_of_a_hung_program_are_let_go) {
    request("station.get");
    answer({});
    hold(60'000);
    const std::int64_t touched = now;
    std::int64_t last_renewal = 0;
    while (now < touched + 2 * SessionCore::unattended_ms) {
        now = std::max(now + 1, *core.next_timer_ms(now));
        core.beat(now, {1, 1});
        core.tick(now);
        for (const auto& header : take()) {
            if (read::text(header, "op") == "lease.renew")
                last_renewal = now;
            answer(read::text(header, "op") == "hello" ? welcome(1) : json::object(), header);
        }
    }
    EXPECT_GT(last_renewal, touched + SessionCore::unattended_ms - 30'000);
    EXPECT_LT(last_renewal, touched + SessionCore::unattended_ms);
    request("station.get");
    core.tick(now);
    EXPECT_EQ(read::text(take().back(), "op"), "lease.renew");
}

TEST_F(SessionTest, a_lost_session_loses_its_leases) {
    hold(60'000);
    core.disconnected();
    core.connected(now);
    refuse("unknown-session");
    EXPECT_EQ(ends, std::vector<std::string>{"lost no-lease"});
    EXPECT_FALSE(read::object(take().back(), "params").contains("resume"));
}

TEST_F(SessionTest, a_request_received_by_nobody_is_not_sent_after_its_deadline) {
    request("capture.start", 15'000, "i");
    take();
    core.disconnected();
    now += 12'000;
    core.connected(now);
    answer(welcome(2));
    refuse("unknown-job");
    EXPECT_EQ(ends, std::vector<std::string>{"timeout"});
}

TEST_F(SessionTest, a_second_sending_has_what_is_left_of_the_deadline) {
    request("capture.start", 15'000, "i");
    take();
    core.disconnected();
    now += 4000;
    core.connected(now);
    answer(welcome(2));
    refuse("unknown-job");
    EXPECT_EQ(read::number(take().at(0), "deadline_ms"), 6000);
}

TEST_F(SessionTest, cancelled_before_it_was_received) {
    const auto made = request("capture.start", 15'000, "i");
    take();
    core.disconnected();
    core.cancel(now, made);
    core.connected(now);
    answer(welcome(2));
    refuse("unknown-job");
    EXPECT_EQ(ends, std::vector<std::string>{"cancelled"});
    EXPECT_TRUE(core.outbox().empty());
}

TEST(Follower, drops_what_is_older_and_mends_gaps) {
    Follower follower({"slot."}, {1, 1});
    follower.missing().clear();
    follower.record("slot.a", 5, "{}", "snapshot");
    const auto header = [](int seq) {
        return json::object{{"station_epoch", 1}, {"gate_epoch", 1}, {"seq", seq}, {"data", json::object()}};
    };
    EXPECT_FALSE(follower.header("slot.a", header(5)));
    EXPECT_EQ(follower.header("slot.a", header(6))->seq, 6);
    EXPECT_FALSE(follower.header("slot.a", header(8)));
    EXPECT_TRUE(follower.missing().contains("slot.a"));
    follower.missing().clear();
    EXPECT_EQ(follower.header("slot.new", header(40))->kind, "change");
    EXPECT_FALSE(follower.header("device.x", header(1)));
    EXPECT_EQ(follower.gone("slot.", {"slot.a"}).at(0).stream, "slot.new");
    EXPECT_FALSE(covers("slot.a", "slot.ab"));
}

TEST(Follower, epochs) {
    Follower follower({"slot.a"}, {1, 2});
    follower.missing().clear();
    follower.record("slot.a", 5, "{}", "snapshot");
    follower.header("$beat", parse(R"({"station_epoch":1,"gate_epoch":1,"seq":{"slot.a":9}})"));
    EXPECT_TRUE(follower.missing().empty()); // of a dead gate
    follower.header("$beat", parse(R"({"station_epoch":1,"gate_epoch":2,"seq":{"slot.a":6,"slot.b":9}})"));
    EXPECT_EQ(follower.missing(), std::set<std::string>{"slot.a"});
    follower.missing().clear();
    follower.header("$welcome", parse(R"({"station_epoch":2,"gate_epoch":3})"));
    EXPECT_EQ(follower.missing(), std::set<std::string>{"slot.a"});
    EXPECT_TRUE(follower.record("slot.a", 1, "{}", "refresh")); // a new broker counts anew
}

} // namespace
} // namespace rekam

// SPDX-License-Identifier: Apache-2.0 OR MIT
// Lost requests, lost answers, dead gates, new stations: nothing is done twice, and nothing waits for ever.
#include "sdk/client/cpp/tests/fake.h"

namespace rekam {
namespace {

class RecoveryTest : public PeerTest {
  protected:
    RecoveryTest() : station(connect()), visit(station.open_case("test")), lease(visit.lease({"document"})) {}
    int jobs() { return std::stoi(fake.command(R"({"do":"jobs"})")); }

    Station station;
    Case visit;
    Lease lease;
};

TEST_F(RecoveryTest, gate_dies_before_it_takes_the_capture) {
    fake.fault("gate_dies", "capture.start", R"("when":"before")");
    EXPECT_EQ(lease.capture(page()).frames.size(), 3U);
    EXPECT_EQ(jobs(), 1);
    EXPECT_EQ(fake.sent("capture.start"), 2);
}

TEST_F(RecoveryTest, gate_dies_with_the_final) {
    fake.fault("gate_dies", "capture.start", R"("when":"after")");
    auto result = lease.capture(page());
    ASSERT_EQ(result.frames.size(), 3U);
    EXPECT_FALSE(result.frames[2].data().empty());
    EXPECT_EQ(jobs(), 1);
}

TEST_F(RecoveryTest, gate_dies_while_the_job_runs) {
    fake.command(R"({"do":"set","page_ms":300})");
    auto capture = lease.start(page());
    wait_for([&] { return jobs() == 1; }, "the job");
    fake.command(R"({"do":"restart_gate"})");
    EXPECT_EQ(capture.result().frames.size(), 3U);
    EXPECT_EQ(jobs(), 1);
    EXPECT_FALSE(lease.error());
}

TEST_F(RecoveryTest, cancel_after_the_gate_died) {
    fake.command(R"({"do":"set","hang":true})");
    auto capture = lease.start(page());
    wait_for([&] { return jobs() == 1; }, "the job");
    fake.command(R"({"do":"restart_gate","down_ms":300})");
    capture.cancel();
    refused("cancelled", [&] { capture.result(); });
}

TEST_F(RecoveryTest, a_lost_final_is_looked_up_after_the_deadline) {
    fake.fault("lose_reply", "capture.start");
    auto request = page();
    request.deadline = Milliseconds(500);
    EXPECT_EQ(lease.capture(request).frames.size(), 3U);
    EXPECT_EQ(jobs(), 1);
}

TEST_F(RecoveryTest, a_lost_request_is_not_sent_late) {
    fake.fault("lose_request", "capture.start");
    auto request = page();
    request.deadline = Milliseconds(300);
    const auto error = refused("no-answer", [&] { lease.capture(request); });
    EXPECT_EQ(error.effect, "unknown");
    EXPECT_EQ(jobs(), 0);
}

TEST_F(RecoveryTest, duplicates_and_foreign_answers_are_ignored) {
    fake.fault("duplicate", "capture.start");
    EXPECT_EQ(lease.capture(page()).frames.size(), 3U);
    fake.fault("stale", "case.open");
    auto other = station.open_case("test");
    EXPECT_NE(other.id(), "C-666");
    EXPECT_EQ(station.info().state, "ready");
}

TEST_F(RecoveryTest, reads_are_repeated_and_other_things_are_not) {
    fake.fault("gate_dies", "slot.get", R"("when":"before")");
    EXPECT_EQ(station.slot("photo").slot, "photo");
    fake.fault("gate_dies", "slot.get", R"("when":"after")");
    EXPECT_EQ(station.slot("photo").slot, "photo");
    fake.fault("gate_dies", "case.open", R"("when":"after")");
    const auto error = refused("no-answer", [&] { station.open_case("test"); });
    EXPECT_EQ(error.effect, "unknown");
    EXPECT_NE(error.message.find("case.list"), std::string::npos);
    EXPECT_EQ(fake.sent("case.open"), 2);
}

TEST_F(RecoveryTest, a_lease_whose_answer_was_lost_is_found_again) {
    lease.release();
    fake.fault("gate_dies", "lease.acquire", R"("when":"after")");
    auto found = visit.lease({"document"});
    EXPECT_EQ(fake.sent("lease.acquire"), 2);
    EXPECT_EQ(found.capture(page()).frames.size(), 3U);
    found.release();
    fake.fault("gate_dies", "lease.acquire", R"("when":"before")");
    auto again = visit.lease({"document"});
    EXPECT_EQ(fake.sent("lease.acquire"), 4);
    EXPECT_EQ(again.capture(page()).frames.size(), 3U);
}

TEST_F(RecoveryTest, a_slow_answer_is_waited_for) {
    fake.fault("delay", "station.get", R"("ms":700)");
    EXPECT_EQ(station.info().state, "ready");
    EXPECT_EQ(fake.sent("station.get"), 1);
}

TEST_F(RecoveryTest, resume_refused) {
    const std::string session = station.session();
    fake.command(R"({"do":"forget_sessions"})");
    EXPECT_EQ(station.info().state, "ready");
    EXPECT_NE(station.session(), session);
    ASSERT_TRUE(lease.error());
    EXPECT_EQ(lease.error()->code, "no-lease");
    refused("no-lease", [&] { lease.capture(page()); });
}

TEST_F(RecoveryTest, a_new_station_does_not_capture_for_the_old_person) {
    fake.command(R"({"do":"restart_station"})");
    wait_for([&] { return station.epoch() == 18; }, "the new station");
    EXPECT_EQ(refused("stale-epoch", [&] { lease.capture(page()); }).station_epoch, 18);
    EXPECT_EQ(jobs(), 0);
}

TEST_F(RecoveryTest, a_job_that_ended_with_the_station_is_told) {
    fake.command(R"({"do":"set","hang":true})");
    auto capture = lease.start(page());
    wait_for([&] { return jobs() == 1; }, "the job");
    fake.command(R"({"do":"restart_station"})");
    refused("internal", [&] { capture.result(); });
}

TEST_F(RecoveryTest, a_late_beat_starts_a_hello) {
    fake.command(R"({"do":"beats","on":false})");
    wait_for([&] { return fake.sent("hello") >= 2; }, "the hello");
    EXPECT_EQ(station.info().state, "ready");
}

TEST_F(RecoveryTest, a_station_that_stays_away) {
    fake.command(R"({"do":"restart_gate","down_ms":60000})");
    const auto error =
        refused("no-station", [&] { station.call("station.get", "{}", {.timeout = Milliseconds(400)}); });
    EXPECT_NE(error.message.find("rekamd"), std::string::npos);
    station.close();
}

TEST_F(PeerTest, hello_busy_then_denied) {
    fake.fault("error", "hello",
               R"("times":2,"error":{"code":"busy","class":"system","retry":"later","effect":"none","message":"m",)"
               R"("retry_ms":50})");
    EXPECT_EQ(connect().info().state, "ready");
    const auto error = refused(
        "denied", [&] { rekam::connect({.client = "t", .station = fake.directory(), .station_key = "wrong"}); });
    EXPECT_NE(error.message.find("station.key"), std::string::npos);
}

TEST_F(PeerTest, resume_in_another_program) {
    auto first = connect();
    auto visit = first.open_case("test");
    auto lease = visit.lease({"document"});
    const std::string session = first.session();
    auto second = connect(session);
    EXPECT_EQ(second.session(), session);
    EXPECT_TRUE(second.leases().at(0).mine);
}

TEST_F(PeerTest, events_snapshot_change_gap_lost_tail_new_gate) {
    auto station = connect();
    auto events = station.events({"slot."});
    wait_for([&] { return fake.command(R"({"do":"subscribed","to":"slot."})") == "true"; }, "the subscription");
    const auto next = [&events] { return events.next(Milliseconds(30'000)).value_or(Event{}); };
    EXPECT_EQ(next().stream, "slot.document");
    EXPECT_EQ(next().kind, "snapshot");
    fake.command(R"({"do":"event","stream":"slot.photo","data":{"state":"busy"}})");
    auto event = next();
    EXPECT_EQ(event.kind, "change");
    EXPECT_EQ(event.seq, 10);
    EXPECT_NE(event.data.find(R"("state":"busy")"), std::string::npos);
    fake.command(R"({"do":"event","stream":"slot.photo","data":{},"skip":2})");
    event = next();
    EXPECT_EQ(event.kind, "refresh");
    EXPECT_EQ(event.seq, 13);
    fake.command(R"({"do":"lose_event","stream":"slot.photo","data":{"state":"down"}})");
    EXPECT_EQ(next().seq, 14);
    fake.command(R"({"do":"restart_gate","down_ms":200})");
    fake.command(R"({"do":"lose_event","stream":"slot.photo","data":{"state":"ready"}})");
    EXPECT_EQ(next().seq, 15);
    EXPECT_FALSE(events.next(Milliseconds(1)));
    events.close();
    EXPECT_FALSE(events.next());
    EXPECT_EQ(station.info().state, "ready");
}

TEST_F(PeerTest, closing_the_station_ends_the_events) {
    auto station = connect();
    auto events = station.events({"station"});
    EXPECT_EQ(events.next()->stream, "station");
    station.close();
    EXPECT_FALSE(events.next());
}

} // namespace
} // namespace rekam

// SPDX-License-Identifier: Apache-2.0 OR MIT
// The blocking API against a station that behaves, and one that refuses.
#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include "sdk/client/cpp/src/endpoints.h"
#include "sdk/client/cpp/tests/fake.h"

namespace rekam {
namespace {

using std::chrono::milliseconds;

TEST_F(PeerTest, three_pages_as_in_the_header) {
    std::vector<std::string> heard;
    std::vector<std::int64_t> pages;
    {
        auto station = connect();
        auto visit = station.open_case("test");
        auto lease = visit.lease({"document"});
        auto request = page();
        request.parameters = {{"source", "feeder"}, {"dpi", 300}, {"area", Json{R"({"x_um":0,"y_um":0})"}}};
        auto result = lease.capture(request, [&](const Progress& progress) {
            heard.push_back(progress.text());
            for (const auto& frame : progress.frames)
                pages.push_back(*frame.record().page);
        });
        ASSERT_EQ(result.frames.size(), 3U);
        for (auto& frame : result.frames) {
            const std::string path = fake.directory() + "/page.png";
            frame.save(path);
            std::ifstream file(path, std::ios::binary);
            const std::string bytes((std::istreambuf_iterator<char>(file)), {});
            EXPECT_EQ(bytes.size(), frame.data().size());
            EXPECT_TRUE(bytes.starts_with("\x89PNG"));
            visit.keep(frame);
        }
        EXPECT_EQ(station.epoch(), 17);
        EXPECT_EQ(result.attempt, 1);
    }
    ASSERT_GE(heard.size(), 4U);
    EXPECT_NE(heard[1].find("running 33 % page 1"), std::string::npos) << heard[1];
    EXPECT_EQ(pages, (std::vector<std::int64_t>{1, 2, 3}));
    EXPECT_EQ(fake.command(R"({"do":"leases"})"), "{}");
    EXPECT_EQ(fake.sent("case.close"), 1);
    const std::string requests = fake.command(R"({"do":"requests"})");
    EXPECT_NE(requests.find(R"("dpi": 300)"), std::string::npos);
    EXPECT_NE(requests.find(R"("area": {"x_um": 0, "y_um": 0})"), std::string::npos);
    EXPECT_NE(requests.find(R"("keep": ["F-)"), std::string::npos);
}

TEST_F(PeerTest, attached_frames_need_no_second_request) {
    auto station = connect();
    auto visit = station.open_case("test");
    auto lease = visit.lease({"document"});
    auto request = page();
    request.parameters["attach"] = true;
    auto result = lease.capture(request);
    for (auto& frame : result.frames)
        EXPECT_EQ(static_cast<std::int64_t>(frame.data().size()), frame.record().bytes);
    EXPECT_EQ(fake.sent("frame.get"), 0);
}

TEST_F(PeerTest, spoiled_bytes_are_an_error) {
    auto station = connect();
    auto visit = station.open_case("test");
    auto lease = visit.lease({"document"});
    auto result = lease.capture(page());
    fake.command(R"({"do":"set","spoiled":true})");
    const auto error = refused("bad-frame", [&] { result.frames[0].data(); });
    EXPECT_TRUE(error.local);
    result.frames[1].release();
    refused("result-expired", [&] { result.frames[1].data(); });
}

TEST_F(PeerTest, lists_and_records) {
    auto station = connect();
    ASSERT_EQ(station.slots().size(), 2U);
    EXPECT_EQ(station.slots()[1].slot, "photo");
    EXPECT_EQ(station.slot("photo").function, "camera");
    EXPECT_EQ(station.devices().at(0).model, "frontend-tester");
    EXPECT_EQ(station.device("sane:test:0").plugin, "sane");
    EXPECT_EQ(station.plugins().at(0).state, "ready");
    EXPECT_EQ(station.health_of_slot("document").checks.at(0).component, "option-table");
    EXPECT_EQ(station.health_of_device("sane:test:0", "exercise").level, "exercise");
    const auto shown = station.identify("photo", 7);
    EXPECT_EQ(shown.device, "sane:test:0");
    EXPECT_EQ(shown.means, (std::vector<std::string>{"light", "sound"}));
    EXPECT_EQ(shown.seconds, 7);
    EXPECT_EQ(station.info().name, "Tanjung Lago");
    EXPECT_EQ(station.call("schema.get").result, R"({"names":["hello.params"]})");
    EXPECT_NE(station.welcome().find("\"limits\""), std::string::npos);
    refused("bad-request", [&] { station.call("schema.get", "[]"); });
    EXPECT_EQ(refused("unknown-slot", [&] { station.slot("nose"); }).slot, "nose");
}

TEST_F(PeerTest, readings) {
    fake.command(R"({"do":"set","reads":true})");
    auto station = connect();
    auto visit = station.open_case("enrol");
    auto lease = visit.lease({"document"});
    const auto result = lease.capture(page());
    ASSERT_EQ(result.fingers.size(), 2U);
    EXPECT_EQ(result.fingers[0].position, "finger.left-index");
    EXPECT_EQ(result.fingers[0].box.value().height_px, 400);
    EXPECT_EQ(result.fingers[0].quality, 71);
    EXPECT_FALSE(result.fingers[1].box);
    EXPECT_EQ(result.fingers[1].reasons, std::vector<std::string>{"too-light"});
    ASSERT_EQ(result.excepted.size(), 1U);
    EXPECT_EQ(result.excepted[0].subject, "finger.left-ring");
    EXPECT_EQ(result.excepted[0].reason, "missing");
    const Readings& readings = result.readings;
    EXPECT_FALSE(readings.empty());
    EXPECT_FALSE(readings.expired);
    ASSERT_TRUE(readings.samples);
    EXPECT_EQ(readings.samples->width_um, 96'000);
    EXPECT_EQ(readings.samples->pressure, (std::vector<std::int64_t>{900, 0}));
    EXPECT_TRUE(readings.samples->tilt.empty());
    EXPECT_EQ(readings.samples->losses, 2);
    ASSERT_TRUE(readings.mrz);
    EXPECT_EQ(readings.mrz->fields.at("surname"), "ERIKSSON");
    EXPECT_EQ(readings.mrz->lines.size(), 3U);
    EXPECT_TRUE(readings.mrz->valid);
    EXPECT_EQ(readings.mrz->checks.at(0).read, "7");
    ASSERT_EQ(readings.eyes.size(), 1U);
    EXPECT_EQ(readings.eyes[0].radius_px, 110);
    EXPECT_EQ(readings.eyes[0].gaze_x_cdeg, -120);
    EXPECT_FALSE(readings.eyes[0].pupil_radius_px);
}

TEST_F(PeerTest, jobs_cases_leases) {
    auto station = connect();
    auto visit = station.open_case("renew");
    auto lease = visit.lease({"document"});
    const auto result = lease.capture(page());
    EXPECT_EQ(station.job(result.job).state, "done");
    EXPECT_EQ(station.jobs().at(0).frames, 3U);
    EXPECT_EQ(station.cancel(result.job), "done");
    EXPECT_TRUE(station.leases().at(0).mine);
    EXPECT_EQ(station.cases("open").at(0).case_id, visit.id());
    lease.release();
    EXPECT_EQ(visit.close().state, "closed");
    EXPECT_EQ(station.get_case(visit.id()).state, "closed");
    EXPECT_EQ(fake.sent("case.close"), 1);
}

TEST_F(PeerTest, an_error_carries_all_that_was_said) {
    auto station = connect();
    auto visit = station.open_case("test");
    fake.command(R"({"do":"add_lease","slots":["document"]})");
    try {
        visit.lease({"document"});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), "lease-held");
        EXPECT_EQ(error.body().holder->operator_name, "Siti");
        EXPECT_EQ(error.body().remaining_ms, 42000);
        EXPECT_EQ(error.body().op, "lease.acquire");
        EXPECT_FALSE(error.body().vendor_code);
        EXPECT_NE(std::string(error.what()).find("held by other (Siti), 42 s left"), std::string::npos);
    }
}

TEST_F(PeerTest, deadline_and_cancel) {
    auto station = connect();
    auto visit = station.open_case("test");
    auto lease = visit.lease({"document"});
    fake.command(R"({"do":"set","hang":true})");
    auto request = page();
    request.deadline = milliseconds(200);
    EXPECT_FALSE(refused("timeout", [&] { lease.capture(request); }).local);
    refused("cancelled", [&] { lease.capture(page(), [](const Progress& progress) { progress.cancel(); }); });
    fake.fault("delay", "capture.start", R"("ms":100)");
    auto capture = lease.start(page());
    std::thread other([&capture] { capture.cancel(); });
    refused("cancelled", [&] { capture.result(); });
    other.join();
}

TEST_F(PeerTest, an_exception_in_the_callback_cancels) {
    auto station = connect();
    auto visit = station.open_case("test");
    auto lease = visit.lease({"document"});
    fake.command(R"({"do":"set","hang":true})");
    EXPECT_THROW(lease.capture(page(), [](const Progress&) { throw std::logic_error("mine"); }), std::logic_error);
    wait_for([&] { return station.jobs().at(0).state == "cancelled"; }, "the job's end");
}

TEST_F(PeerTest, close_ends_what_waits) {
    auto station = connect();
    auto visit = station.open_case("test");
    auto lease = visit.lease({"document"});
    fake.command(R"({"do":"set","hang":true})");
    auto capture = lease.start(page());
    std::thread other([&station] { station.close(); });
    EXPECT_EQ(refused("no-answer", [&] { capture.result(); }).effect, "unknown");
    other.join();
    refused("no-answer", [&] { station.info(); });
}

TEST_F(PeerTest, a_lease_is_renewed_and_its_loss_is_known) {
    auto station = connect();
    auto visit = station.open_case("test");
    auto lease = visit.lease({"document"}, {.ttl = milliseconds(1000)});
    wait_for([&] { return fake.sent("lease.renew") >= 2; }, "two renewals");
    EXPECT_FALSE(lease.error());
    fake.command(R"({"do":"set","leases":{}})");
    wait_for([&] { return lease.error().has_value(); }, "the loss");
    EXPECT_EQ(lease.error()->code, "no-lease");
}

TEST_F(PeerTest, many_threads) {
    auto station = connect();
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 20; ++n)
                wrong += station.slots().size() != 2U;
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST(NoStation, nobody_there) {
    const auto empty = std::filesystem::temp_directory_path() / ("rekam-none-" + std::to_string(getpid()));
    try {
        connect({.client = "test", .station = empty.string(), .timeout = milliseconds(100)});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), "no-station");
        EXPECT_NE(error.message().find("start rekamd"), std::string::npos);
        EXPECT_NE(error.message().find(empty.string()), std::string::npos);
    }
}

TEST(NoStation, places) {
    EXPECT_EQ(find_station("/run/x/", "").requests, "ipc:///run/x/requests");
    EXPECT_EQ(find_station("ipc:///run/x", "").events, "ipc:///run/x/events");
    const auto tcp = find_station("tcp://127.0.0.1:1, tcp://127.0.0.1:2", "key");
    EXPECT_EQ(tcp.events, "tcp://127.0.0.1:2");
    EXPECT_EQ(tcp.station_key, "key");
    for (const auto& wrong :
         std::vector<std::string>{"tcp://127.0.0.1:1", "tcp://127.0.0.1:1,/run/x", "/run/" + std::string(100, 'x')}) {
        EXPECT_THROW(find_station(wrong, ""), Error) << wrong;
    }
}

} // namespace
} // namespace rekam

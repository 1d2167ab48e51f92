// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/children.h"

#include "core/io/memfd.h"
#include "tests/unit/rekamd/files.h"

#include <gmock/gmock.h>

#include <array>
#include <set>

namespace rekam::rekamd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

/// Children that are shell scripts; what happens is kept in order.
struct ChildrenTest : testing::Test {
    Files files;
    boost::asio::io_context loop{1};
    std::vector<broker::Event> events;
    std::unique_ptr<Children> children;

    void start(const std::string& script) {
        files.write("host", "#!/bin/sh\n" + script + "\n");
        std::filesystem::permissions(files.path() / "host", std::filesystem::perms(0755));
        children =
            std::make_unique<Children>(loop, Programs{.gate = "/nowhere/gate", .host = files.path() / "host"}, 20s, 0,
                                       [this](broker::Event event) { events.push_back(std::move(event)); });
        children->spawn(
            {.child = 7, .kind = broker::ChildKind::host, .name = "host test", .environment = {{"A", "b"}}});
    }

    template <class Event> const Event* find() {
        for (const auto& event : events)
            if (const auto* found = std::get_if<Event>(&event))
                return found;
        return nullptr;
    }
    template <class Event> const Event* wait_for() {
        const auto limit = std::chrono::steady_clock::now() + 60s;
        while (!find<Event>() && std::chrono::steady_clock::now() < limit) {
            loop.restart();
            loop.run_for(10ms);
        }
        return find<Event>();
    }
    std::vector<std::size_t> order() {
        std::vector<std::size_t> kinds;
        for (const auto& event : events)
            kinds.push_back(event.index());
        return kinds;
    }

    static constexpr std::size_t started = 3, message = 5, broken = 6, exited = 7, gone = 8; ///< alternatives of Event
};

/// A packet of one host_hello with the body {}, for printf.
constexpr const char* hello = R"('\001\040\000\000\002\000\000\000)"
                              R"(\000\000\000\000\000\000\000\000)"
                              R"(\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000)"
                              R"(\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000)"
                              R"(\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000{}')";

TEST_F(ChildrenTest, last_words_come_before_the_end) {
    start(std::string("printf ") + hello + " >&3; echo \"A=$A\"; exit 4");
    ASSERT_TRUE(wait_for<broker::ChildGone>());
    EXPECT_THAT(order(), ElementsAre(started, message, exited, gone));
    const auto& first = std::get<broker::ChildMessage>(events[1]);
    EXPECT_EQ(first.child, 7u);
    EXPECT_EQ(first.message.prefix.type, wire::Type::host_hello);
    EXPECT_EQ(first.message.json, "{}");
    const auto& end = std::get<broker::ChildExited>(events[2]);
    EXPECT_EQ(end.exit_code, 4);
    EXPECT_EQ(end.last_output, "A=b\n");
}

TEST_F(ChildrenTest, every_message_has_a_nonce_of_its_own) {
    start(std::string("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do printf ") + hello +
          " >&3; done");
    ASSERT_TRUE(wait_for<broker::ChildGone>());
    std::set<std::array<std::uint8_t, 16>> nonces;
    for (const auto& event : events)
        if (const auto* one = std::get_if<broker::ChildMessage>(&event))
            nonces.insert(one->nonce);
    EXPECT_EQ(nonces.size(), 20u);
}

TEST_F(ChildrenTest, a_program_that_is_missing_fails_to_spawn) {
    start("exit 0");
    children->spawn({.child = 8, .kind = broker::ChildKind::gate, .name = "gate", .environment = {}});
    const auto* failed = wait_for<broker::ChildSpawnFailed>();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->child, 8u);
    EXPECT_THAT(failed->reason, HasSubstr("/nowhere/gate"));
}

TEST_F(ChildrenTest, garbage_breaks_the_channel_and_nothing_comes_after_it) {
    start(std::string("printf garbage >&3; printf ") + hello + " >&3; sleep 1000");
    ASSERT_TRUE(wait_for<broker::ChannelBroken>());
    children->send({.child = 7, .message = {}}); // to a broken channel: dropped
    children->kill(7);
    ASSERT_TRUE(wait_for<broker::ChildGone>());
    EXPECT_THAT(order(), ElementsAre(started, broken, exited, gone));
}

TEST_F(ChildrenTest, a_channel_closed_without_an_end_is_broken_after_a_while) {
    start("exec 3>&-; sleep 1000");
    const auto* event = wait_for<broker::ChannelBroken>();
    ASSERT_TRUE(event);
    EXPECT_THAT(event->reason, HasSubstr("closed its channel"));
    children->kill_all();
    ASSERT_TRUE(wait_for<broker::ChildGone>());
    EXPECT_TRUE(children->empty());
}

TEST_F(ChildrenTest, a_child_that_does_not_read_is_broken_not_waited_for) {
    start("sleep 1000");
    ASSERT_TRUE(wait_for<broker::ChildStarted>());
    wire::Message large;
    large.prefix.type = wire::Type::host_ping;
    large.json = std::string(60'000, ' ');
    for (int i = 0; i < 1'000 && !find<broker::ChannelBroken>(); ++i)
        children->send({.child = 7, .message = large});
    const auto* event = find<broker::ChannelBroken>();
    ASSERT_TRUE(event);
    EXPECT_THAT(event->reason, HasSubstr("does not read"));
}

TEST_F(ChildrenTest, descriptors_that_are_sent_stay_the_senders) {
    start("sleep 1000");
    ASSERT_TRUE(wait_for<broker::ChildStarted>());
    const io::Fd memfd = io::create_memfd("frame");
    wire::Message message_with_one;
    message_with_one.prefix.type = wire::Type::host_run;
    message_with_one.descriptors = {memfd.get()};
    children->send({.child = 7, .message = message_with_one});
    loop.run_for(10ms);
    EXPECT_GE(::fcntl(memfd.get(), F_GETFD), 0);
}

} // namespace
} // namespace rekam::rekamd

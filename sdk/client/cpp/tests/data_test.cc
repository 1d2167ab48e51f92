// SPDX-License-Identifier: Apache-2.0 OR MIT
// What comes by descriptor, from a data socket that is a thread of the test.
#include "sdk/client/cpp/src/data_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <functional>
#include <thread>

#include <rekam/client.h>

namespace rekam {
namespace {

constexpr int whole = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
constexpr int buffer = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE;

Descriptor memory(const std::string& content, int seals) {
    Descriptor made(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    EXPECT_EQ(::write(made.get(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
    EXPECT_TRUE(seals == 0 || ::fcntl(made.get(), F_ADD_SEALS, seals) == 0);
    return made;
}

class Station {
  public:
    using Script = std::function<void(Station&)>;
    explicit Station(Script script) : listener_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
        std::string pattern = std::filesystem::temp_directory_path() / "rekam-data-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
        path = folder_ + "/data";
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener_.get(), 4), 0);
        thread_ = std::thread([this, script = std::move(script)] {
            connection_ = Descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            script(*this);
            connection_ = Descriptor();
        });
    }
    ~Station() {
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
        std::filesystem::remove_all(folder_);
    }
    std::string hear() {
        std::string text(1'024, '\0');
        text.resize(
            static_cast<std::size_t>(std::max<ssize_t>(0, ::recv(connection_.get(), text.data(), text.size(), 0))));
        return text;
    }
    void say(std::string text, const std::vector<int>& descriptors = {}) {
        iovec data{text.data(), text.size()};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 4)> control{};
        msghdr header{};
        header.msg_iov = &data;
        header.msg_iovlen = 1;
        if (!descriptors.empty()) {
            const std::size_t bytes = descriptors.size() * sizeof(int);
            header.msg_control = control.data();
            header.msg_controllen = CMSG_SPACE(bytes);
            cmsghdr* rights = CMSG_FIRSTHDR(&header);
            rights->cmsg_level = SOL_SOCKET;
            rights->cmsg_type = SCM_RIGHTS;
            rights->cmsg_len = CMSG_LEN(bytes);
            std::memcpy(CMSG_DATA(rights), descriptors.data(), bytes);
        }
        EXPECT_GE(::sendmsg(connection_.get(), &header, MSG_NOSIGNAL), 0);
    }
    std::string path;

  private:
    std::string folder_;
    Descriptor listener_, connection_;
    std::thread thread_;
};

std::string code_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    return "none";
}

Station::Script hands_out(int seals) {
    return [seals](Station& station) {
        EXPECT_EQ(station.hear(), R"({"ticket":"t"})");
        const auto made = memory("picture", seals);
        station.say(R"({"ok":true,"frame":"F-1-1","bytes":7})", {made.get()});
        station.hear();
    };
}

TEST(DataSocket, AFrameIsWhatTheDescriptorHolds) {
    const Station station(hands_out(whole));
    const auto bytes = fetch_frame(station.path, "t");
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "picture");
}

TEST(DataSocket, MemoryThatOthersCouldChangeIsRefused) {
    for (const int seals : {0, whole & ~F_SEAL_WRITE, whole & ~F_SEAL_SHRINK, whole & ~F_SEAL_SEAL, buffer}) {
        const Station station(hands_out(seals));
        EXPECT_EQ(code_of([&] { fetch_frame(station.path, "t"); }), "bad-frame") << seals;
    }
}

TEST(DataSocket, RefusalsAndEndsAreErrors) {
    const Station refuses([](Station& station) {
        station.hear();
        station.say(R"({"ok":false,"error":{"code":"denied","message":"no"}})");
    });
    EXPECT_EQ(code_of([&] { fetch_frame(refuses.path, "t"); }), "denied");
    const Station hangs_up([](Station& station) { station.hear(); });
    EXPECT_EQ(code_of([&] { fetch_frame(hangs_up.path, "t"); }), "no-answer");
    EXPECT_EQ(code_of([] { fetch_frame("/nowhere/data", "t"); }), "no-station");
}

TEST(PreviewViewer, LooksGivesBackAndAsksAgain) {
    const Station station([](Station& far) {
        far.hear();
        far.say(R"({"ok":true,"preview":"P-1-1"})");
        const auto one = memory("first picture  ", buffer), two = memory("second picture ", buffer);
        far.say(R"({"buffers":{"pool":1,"bytes":15,"count":2}})", {one.get(), two.get()});
        EXPECT_EQ(far.hear(), R"({"next":true})");
        far.say(R"({"picture":{"seq":1,"bytes":5,"width_px":8},"at":{"pool":1,"buffer":0,"generation":1}})");
        EXPECT_EQ(far.hear(), R"({"next":true,"back":{"pool":1,"buffer":0,"generation":1}})");
        far.say(R"({"picture":{"seq":2,"bytes":6},"at":{"pool":1,"buffer":1,"generation":2}})");
        far.hear();
        far.say(R"({"end":true})");
        far.hear();
    });
    PreviewViewer viewer(station.path, "t");
    const auto first = viewer.look();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->record.seq, 1);
    EXPECT_EQ(first->record.width_px, 8);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(first->data), first->size), "first");
    const auto second = viewer.next(Milliseconds(60'000));
    ASSERT_TRUE(second);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(second->data.data()), second->data.size()), "second");
    EXPECT_FALSE(viewer.next());
    EXPECT_TRUE(viewer.ended());
    EXPECT_FALSE(viewer.next());
}

TEST(PreviewViewer, APictureOutsideItsBufferIsRefused) {
    const Station station([](Station& far) {
        far.hear();
        far.say(R"({"ok":true,"preview":"P-1-1"})");
        const auto one = memory("picture", buffer);
        far.say(R"({"buffers":{"pool":1,"bytes":7,"count":1}})", {one.get()});
        far.hear();
        far.say(R"({"picture":{"seq":1,"bytes":8},"at":{"pool":1,"buffer":0,"generation":1}})");
        far.hear();
    });
    PreviewViewer viewer(station.path, "t");
    EXPECT_EQ(code_of([&] { viewer.look(); }), "bad-frame");
}

TEST(PreviewViewer, TimeMayBeOver) {
    const Station station([](Station& far) {
        far.hear();
        far.say(R"({"ok":true,"preview":"P-1-1"})");
        far.hear();
        far.hear(); // until it has gone
    });
    PreviewViewer viewer(station.path, "t");
    EXPECT_FALSE(viewer.next(Milliseconds(20)));
    EXPECT_FALSE(viewer.ended());
}

} // namespace
} // namespace rekam

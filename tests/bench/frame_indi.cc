// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/frame_peers.h"

#include <libindi/baseclient.h>
#include <libindi/basedevice.h>
#include <libindi/indiproperty.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

namespace rekam::bench {
namespace {

constexpr const char* device = "Bench";
constexpr std::chrono::seconds patience{30};

/// INDI's own client library; it calls back on a thread of its own.
class Client final : public INDI::BaseClient {
  public:
    void await_definitions() {
        await([this] { return defined_ == 2; }, "indiserver defines no properties");
    }
    std::size_t picture() {
        {
            const std::lock_guard lock(mutex_);
            bytes_ = 0;
        }
        sendNewSwitch(device, "CAPTURE", "GO");
        await([this] { return bytes_ != 0; }, "no picture comes from indiserver");
        return bytes_;
    }

  protected:
    void newProperty(INDI::Property property) override {
        if (property.isNameMatch("CAPTURE") || property.isNameMatch("PICTURE"))
            tell([this] { ++defined_; });
    }
    void newBLOB(IBLOB* blob) override {
        tell([&] { bytes_ = static_cast<std::size_t>(blob->bloblen); });
    }

  private:
    template <class Change> void tell(Change change) {
        const std::lock_guard lock(mutex_);
        change();
        news_.notify_one();
    }
    template <class Condition> void await(Condition condition, const char* trouble) {
        std::unique_lock lock(mutex_);
        if (!news_.wait_for(lock, patience, condition))
            throw std::runtime_error(trouble);
    }

    std::mutex mutex_;
    std::condition_variable news_;
    int defined_ = 0;
    std::size_t bytes_ = 0;
};

class Indi final : public Target {
  public:
    Indi(const std::string& socket, std::size_t bytes) : bytes_(bytes) {
        client_.setServer(("localhost:" + socket).c_str(), 0);
        client_.watchDevice(device);
        client_.enableDirectBlobAccess(device, nullptr);
        if (!client_.connectServer())
            throw std::runtime_error("indiserver does not answer at " + socket);
        client_.await_definitions();
        client_.setBLOBMode(B_ALSO, device, nullptr);
    }
    ~Indi() override { client_.disconnectServer(); }
    void once() override {
        if (const auto got = client_.picture(); got != bytes_)
            throw std::runtime_error("INDI gave " + std::to_string(got) + " bytes");
    }

  private:
    Client client_;
    std::size_t bytes_;
};

} // namespace

std::unique_ptr<Target> make_indi_target(const std::string& socket, std::size_t bytes) {
    return std::make_unique<Indi>(socket, bytes);
}

} // namespace rekam::bench

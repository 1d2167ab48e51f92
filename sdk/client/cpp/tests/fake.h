// SPDX-License-Identifier: Apache-2.0 OR MIT
// The fake station of the Python client's tests, as a child process with a directory of its own.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <rekam/client.h>

namespace rekam {

class FakeStation {
  public:
    FakeStation();
    ~FakeStation();
    FakeStation(const FakeStation&) = delete;
    FakeStation& operator=(const FakeStation&) = delete;

    const std::string& directory() const { return directory_; }
    std::string command(const std::string& json); // returns its answer, JSON
    void fault(const std::string& name, const std::string& op, const std::string& more = "");
    int sent(const std::string& op); // how many requests of this operation arrived

  private:
    std::string directory_;
    pid_t pid_ = -1;
    std::FILE* to_ = nullptr;
    std::FILE* from_ = nullptr;
};

class PeerTest : public testing::Test {
  protected:
    Station connect(const std::string& resume = "") {
        return rekam::connect({.client = "test 1", .station = fake.directory(), .resume = resume});
    }
    static CaptureRequest page() { return {.slot = "document", .subject = "document.page"}; }
    static void wait_for(const std::function<bool()>& condition, const char* what);
    // Runs it, wants an Error of this code, returns what it says.
    static ErrorBody refused(const std::string& code, const std::function<void()>& function);

    FakeStation fake;
};

} // namespace rekam

// SPDX-License-Identifier: Apache-2.0
// rekam-bench-path WHAT COUNT: asks a pure station so often. Run twice under callgrind, the difference of the two
// counts is what the requests between cost, without the start. WHAT is one of
//   visit    a case is opened, its slot leased, sixteen captures without a frame are made, the case is closed
//   health   a self check
//   list     lease.list, which the broker answers by itself
#include "tests/bench/path_station.h"

#include <cstdio>
#include <stdexcept>

namespace {

using rekam::bench::PathStation;

constexpr int captures_per_visit = 16;

std::string value(const std::string& header, const std::string& key) {
    const std::string wanted = '"' + key + "\":\"";
    const auto from = header.find(wanted);
    if (from == std::string::npos)
        throw std::runtime_error("no " + key + " in " + header);
    return header.substr(from + wanted.size(), header.find('"', from + wanted.size()) - from - wanted.size());
}

class Load {
  public:
    Load() { session_ = value(ask("hello", R"({"client":"bench"})"), "session"); }

    void visit() {
        const auto case_id = value(ask("case.open", R"({"purpose":"enrol"})"), "case");
        const auto lease = value(ask("lease.acquire", R"({"slots":["mrz"],"case":")" + case_id + "\"}"), "lease");
        for (int i = 0; i < captures_per_visit; ++i)
            ask("capture.start", R"({"slot":"mrz","subject":"document.front"})",
                R"(,"deadline_ms":30000,"station_epoch":1,"idem":"key-)" + std::to_string(last_) + R"(","lease":")" +
                    lease + '"');
        ask("case.close", R"({"case":")" + case_id + "\"}");
    }
    void health() { ask("health.check", R"({"slot":"mrz"})"); }
    void list() { ask("lease.list", "{}"); }

  private:
    const std::string& ask(const std::string& op, const std::string& params, const std::string& more = {}) {
        std::string header = R"({"v":1,"id":"c)" + std::to_string(++last_) + R"(","op":")" + op + '"';
        if (!session_.empty())
            header += R"(,"session":")" + session_ + '"';
        return station_.ask(header + more + R"(,"params":)" + params + '}');
    }

    PathStation station_;
    std::string session_;
    int last_ = 1'000'000; // so that every number has as many digits
};

int run(const std::string& what, int count) {
    Load load;
    for (int i = 0; i < count; ++i) {
        if (what == "visit")
            load.visit();
        else if (what == "health")
            load.health();
        else if (what == "list")
            load.list();
        else
            throw std::runtime_error("there is no " + what + ": visit, health or list");
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc == 3)
            return run(argv[1], std::stoi(argv[2]));
        std::fprintf(stderr, "usage: rekam-bench-path visit|health|list COUNT\n");
        return 64;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "rekam-bench-path: %s\n", error.what());
        return 1;
    }
}

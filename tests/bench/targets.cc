// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/targets.h"

#include <stdexcept>

namespace rekam::bench {
namespace {

constexpr int captures_per_case = 16; ///< of a long visit: ten fingers, face, eyes, signature and papers
constexpr int patience_ms = 20'000;

class Raw final : public Target {
  public:
    Raw(zmq::context_t& context, const std::string& endpoint)
        : socket_(context, zmq::socket_type::dealer), header_(raw_header()) {
        socket_.set(zmq::sockopt::linger, 0);
        socket_.set(zmq::sockopt::rcvtimeo, patience_ms);
        socket_.connect(endpoint);
    }
    void once() override {
        socket_.send(zmq::buffer(header_));
        if (!socket_.recv(answer_))
            throw std::runtime_error("the raw peer does not answer");
    }

  private:
    zmq::socket_t socket_;
    std::string header_;
    zmq::message_t answer_;
};

class Station : public Target {
  public:
    Station(zmq::context_t& context, const std::string& endpoint) : client_(context, endpoint) { client_.hello(); }

  protected:
    Client client_;
};

class Capture : public Station {
  public:
    Capture(zmq::context_t& context, const std::string& endpoint, std::string slot, std::string params)
        : Station(context, endpoint), visitor_(client_, std::move(slot), captures_per_case),
          params_(std::move(params)) {
        visitor_.begin();
    }
    void once() override {
        client_.send(visitor_.capture(params_));
        answer_ = client_.receive();
    }
    void between() override {
        if (visitor_.is_over())
            visitor_.begin();
    }

  private:
    Visitor visitor_;
    std::string params_;

  protected:
    std::string answer_;
};

class Ask final : public Station {
  public:
    Ask(zmq::context_t& context, const std::string& endpoint, std::string op, std::string params)
        : Station(context, endpoint), op_(std::move(op)), params_(std::move(params)) {}
    void once() override { client_.ask(op_, params_); }

  private:
    std::string op_, params_;
};

class Card final : public Station {
  public:
    Card(zmq::context_t& context, const std::string& endpoint, const std::string& slot) : Station(context, endpoint) {
        const auto case_id = Client::value(client_.ask("case.open", R"({"purpose":"issue"})"), "case");
        const auto lease = Client::value(client_.ask("lease.acquire", R"({"slots":[")" + slot + R"("],"case":")" +
                                                                          case_id + R"(","ttl_ms":600000})"),
                                         "lease");
        client_.send(client_.header("card.open", client_.job_members(lease) + R"(,"params":{"slot":")" + slot +
                                                     R"(","intent":"read"})"));
        job_ = Client::value(client_.receive(), "job");
    }
    void once() override {
        client_.ask("card.transmit", R"({"job":")" + job_ + R"(","exchange":)" + std::to_string(++exchange_) +
                                         R"(,"commands":["00b0000004"]})");
    }

  private:
    std::string job_;
    int exchange_ = 0;
};

class Frame final : public Capture {
  public:
    Frame(zmq::context_t& context, const std::string& endpoint, std::string slot, const std::string& rows)
        : Capture(context, endpoint, std::move(slot),
                  R"(,"subject":"face","attach":true,"formats":["image/x-rekam-raw"],"height_px":)" + rows),
          bytes_(4'096 * std::stoull(rows)) {}
    void once() override {
        Capture::once();
        if (client_.part_bytes() != bytes_)
            throw std::runtime_error("the picture did not come with the answer");
    }
    void between() override { // else the session's unread pictures reach their limit
        if (!answer_.empty())
            client_.ask("frame.release", R"({"frames":[")" + Client::value(answer_, "frame") + "\"]}");
        Capture::between();
    }

  private:
    std::size_t bytes_;
};

std::string take(std::string& text, char end) {
    const auto at = text.find(end);
    std::string head = text.substr(0, at);
    text = at == std::string::npos ? "" : text.substr(at + 1);
    return head;
}

} // namespace

std::string raw_header() {
    return R"({"v":1,"id":"c1","session":"00112233445566778899aabbccddeeff","op":"capture.start","deadline_ms":30000,)"
           R"("station_epoch":17,"idem":"b12345-1-1","lease":"L-17-1","params":{"slot":"slot-1",)"
           R"("subject":"document.front"}})";
}

std::unique_ptr<Target> make_target(zmq::context_t& context, const std::string& text) {
    std::string rest = text;
    const std::string kind = take(rest, ':');
    if (kind == "dbus")
        return make_dbus_target(rest);
    if (kind == "pcsc")
        return make_pcsc_target();
    const std::string endpoint = take(rest, '#');
    const std::string slot = take(rest, '#');
    if (kind == "raw")
        return std::make_unique<Raw>(context, endpoint);
    if (kind == "capture")
        return std::make_unique<Capture>(context, endpoint, slot, R"(,"subject":"document.front")");
    if (kind == "ticket")
        return make_ticket_target(context, endpoint, slot, rest);
    if (kind == "frame")
        return std::make_unique<Frame>(context, endpoint, slot, rest);
    if (kind == "health")
        return std::make_unique<Ask>(context, endpoint, "health.check", R"({"slot":")" + slot + "\"}");
    if (kind == "beat")
        return std::make_unique<Ask>(context, endpoint, "lease.list", "{}");
    if (kind == "card")
        return std::make_unique<Card>(context, endpoint, slot);
    throw std::runtime_error("no kind of target is named " + kind);
}

} // namespace rekam::bench

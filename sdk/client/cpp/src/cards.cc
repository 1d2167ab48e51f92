// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>
#include <utility>

#include <rekam/client.h>

#include "sdk/client/cpp/src/pending.h"
#include "sdk/client/cpp/src/read.h"

namespace rekam {

namespace json = boost::json;

namespace {

constexpr std::int64_t longest_ms = 3'600'000; // a card that has begun has no deadline; the station's bound is shorter
constexpr std::int64_t grace_ms = 5000, exchange_ms = 90'000;

std::string hex_of(const Bytes& bytes) {
    std::string text;
    for (const std::byte byte : bytes) {
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4U];
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15U];
    }
    return text;
}

unsigned digit(char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); }

Response response_of(const std::string& hex) {
    Bytes bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes.push_back(static_cast<std::byte>(digit(hex[i]) << 4U | digit(hex[i + 1])));
    if (bytes.size() < 2) {
        throw Error(local_error("bad-frame", "the station gave a card's answer without a status word", "card.transmit",
                                "vendor", "now"));
    }
    Response response;
    response.status = std::to_integer<int>(bytes[bytes.size() - 2]) << 8 | std::to_integer<int>(bytes.back());
    response.data.assign(bytes.begin(), bytes.end() - 2);
    return response;
}

void add_side(json::object& params, std::vector<Bytes>& parts, const char* name, const std::optional<Picture>& side) {
    if (!side)
        return;
    if (!side->frame.empty()) {
        params[name] = {{"frame", side->frame}};
        return;
    }
    params[name] = {{"part", parts.size()}, {"format", side->format}};
    parts.push_back(side->data);
}

json::array array_of(const std::vector<std::string>& texts) {
    json::array array;
    for (const auto& text : texts)
        array.emplace_back(text);
    return array;
}

PrintResult result_of(const json::object& body) {
    return {read::text(body, "job"),     read::text(body, "case"),         read::text(body, "effect"),
            read::text(body, "card_at"), read::text(body, "blank_serial"), json::serialize(body)};
}

} // namespace

Picture Picture::of_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    Picture picture;
    if (text.starts_with("\x89PNG\r\n\x1a\n"))
        picture.format = "image/png";
    else if (text.starts_with("\xff\xd8\xff"))
        picture.format = "image/jpeg";
    else
        throw Error(local_error("bad-request", path.string() + " cannot be read, or is neither PNG nor JPEG",
                                "print.start", "caller", "never"));
    for (const char c : text)
        picture.data.push_back(static_cast<std::byte>(c));
    return picture;
}

Picture Picture::of_frame(const Frame& stored) { return {{}, {}, stored.record().frame}; }

Print::Print(std::shared_ptr<PendingCall> call, std::shared_ptr<Channel> channel, std::string idem)
    : call_(std::move(call)), channel_(std::move(channel)), idem_(std::move(idem)) {}

void Print::cancel() { call_->cancel(); }

bool Print::wait_chip(const OnProgress& on_progress) { return go_on(on_progress, true); }

PrintResult Print::result(const OnProgress& on_progress) {
    go_on(on_progress, false);
    return *end_;
}

// `waiting` may be for the printer, too: where `sent` was lost with a gate that died, the record tells.
bool Print::is_at_chip() const {
    try {
        const auto record = read::object(rekam::call(channel_, "job.get", {{"idem", idem_}}).result, "job");
        return read::text(record, "state") == "waiting" && read::text(record, "card_at") == "chip";
    } catch (const Error&) {
        return false; // it is asked again with the next progress, or the print's own end says why
    }
}

bool Print::go_on(const OnProgress& on_progress, bool until_chip) {
    while (!end_) {
        auto word = call_->next();
        if (auto* answer = std::get_if<Answer>(&word)) {
            end_ = result_of(answer->result);
            break;
        }
        const auto& body = std::get<json::object>(word);
        Progress progress = read::progress(body, channel_);
        sent_ = sent_ || progress.state == "sent";
        progress.cancel = [call = call_] { call->cancel(); };
        if (on_progress)
            on_progress(progress);
        if (until_chip && progress.state == "waiting" && (sent_ || is_at_chip()))
            return true;
    }
    return false;
}

Print Lease::start_print(const PrintRequest& request) {
    json::object params = read::to_params(request.parameters);
    std::vector<Bytes> parts;
    params["slot"] = request.slot;
    add_side(params, parts, "front", request.front);
    add_side(params, parts, "back", request.back);
    add_side(params, parts, "overlay", request.overlay);
    const std::array<std::pair<const char*, const std::string*>, 3> texts{
        {{"encoder", &request.encoder}, {"on_fail", &request.on_fail}, {"cites", &request.cites}}};
    for (const auto& [name, text] : texts)
        if (!text->empty())
            params[name] = *text;
    if (!request.steps.empty())
        params["steps"] = array_of(request.steps);
    if (!request.tracks.empty())
        params["tracks"] = array_of(request.tracks);
    if (request.reprint) {
        params["reprint"] = {
            {"of", request.reprint->of}, {"reason", request.reprint->reason}, {"second", request.reprint->second}};
    }
    const std::string idem = request.idem.empty() ? random_hex(16) : request.idem;
    return {PendingCall::start(channel_, "print.start", std::move(params),
                               job_fields(id_, idem, request.deadline.count(), station_epoch_),
                               {longest_ms, request.deadline.count()}, std::move(parts)),
            channel_, idem};
}

PrintResult Lease::print(const PrintRequest& request, const std::function<void(const Progress&)>& on_progress) {
    return start_print(request).result(on_progress);
}

Card Lease::open_card(const CardRequest& request, const std::function<void(const Progress&)>& on_progress) {
    json::object params{{"slot", request.slot}, {"intent", request.intent}};
    if (!request.protocol.empty())
        params["protocol"] = request.protocol;
    if (request.wait.count() > 0)
        params["timeout_ms"] = request.wait.count();
    const std::string idem = request.idem.empty() ? random_hex(16) : request.idem;
    const std::int64_t deadline_ms = request.deadline.count();
    const auto call =
        PendingCall::start(channel_, "card.open", std::move(params), job_fields(id_, idem, deadline_ms, station_epoch_),
                           {deadline_ms + grace_ms, deadline_ms});
    const Answer answer = call->wait([&](const json::object& body) {
        if (on_progress)
            on_progress(read::progress(body, channel_));
    });
    return {channel_, read::text(answer.result, "job"), read::text(read::object(answer.result, "card"), "atr"),
            json::serialize(answer.result)};
}

Card::Card(std::shared_ptr<Channel> channel, std::string job, std::string atr, std::string json)
    : channel_(std::move(channel)), job_(std::move(job)), atr_(std::move(atr)), json_(std::move(json)) {}

Card::~Card() {
    if (!channel_)
        return;
    try {
        close(true);
    } catch (const std::exception&) {
        return; // it ends with its lease
    }
}

std::vector<Response> Card::transmit(const std::vector<Bytes>& commands) {
    std::vector<std::string> texts;
    for (const auto& command : commands)
        texts.push_back(hex_of(command));
    const Answer answer = call(channel_, "card.transmit",
                               {{"job", job_}, {"exchange", ++exchange_}, {"commands", array_of(texts)}}, exchange_ms);
    std::vector<Response> responses;
    for (const auto& text : read::texts(answer.result, "responses"))
        responses.push_back(response_of(text));
    return responses;
}

void Card::close(bool failed) {
    const auto channel = std::exchange(channel_, nullptr);
    if (!channel)
        return;
    json::object params{{"job", job_}};
    if (failed)
        params["failed"] = true;
    call(channel, "card.close", std::move(params), exchange_ms);
}

} // namespace rekam

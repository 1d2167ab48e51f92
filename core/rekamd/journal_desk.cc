// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/journal_desk.h"

#include "core/base/digest.h"
#include "core/wire/codec.h"

#include <SQLiteCpp/Exception.h>
#include <boost/asio/post.hpp>

#include <csignal>

namespace rekam::rekamd {
namespace {

using model::Code;
using model::make_error;

wire::JournalVerifyResult as_result(const journal::Verdict& verdict) {
    wire::JournalVerifyResult result{
        !verdict.flaw,    {}, verdict.first, verdict.last, verdict.heads, verdict.erased, verdict.unsigned_,
        verdict.unchecked};
    if (verdict.flaw)
        result.flaw = wire::JournalFlaw{verdict.flaw->seq, verdict.flaw->what};
    return result;
}

} // namespace

JournalDesk::JournalDesk(boost::asio::io_context& loop, std::filesystem::path file, std::string public_key,
                         Answer answer)
    : loop_(loop), file_(std::move(file)), public_key_(std::move(public_key)),
      answer_(std::make_shared<Answer>(std::move(answer))) {
    sigset_t all, before; // signals are the reactor's
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

JournalDesk::~JournalDesk() {
    *open_ = false;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        work_.notify_one();
    }
    thread_.join();
}

void JournalDesk::ask(broker::AskJournal question) {
    const std::lock_guard lock(mutex_);
    questions_.push_back(std::move(question));
    work_.notify_one();
}

bool JournalDesk::stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void JournalDesk::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        work_.wait(lock, [this] { return stopping_ || !questions_.empty(); });
        if (stopping_)
            return;
        const auto question = std::move(questions_.front());
        questions_.pop_front();
        lock.unlock();
        boost::asio::post(loop_, [answer = answer_, open = open_, found = find(question)]() mutable {
            if (*open)
                (*answer)(std::move(found));
        });
        lock.lock();
    }
}

broker::JournalAnswered JournalDesk::find(const broker::AskJournal& question) {
    try {
        auto found = std::visit([this](const auto& params) { return answer_to(params); }, question.what);
        if (found)
            return {question.token, std::move(*found), {}};
        return {question.token, {}, found.error()};
    } catch (const SQLite::Exception& error) {
        return {question.token,
                {},
                make_error(Code::journal_failed,
                           std::string("the journal cannot be read (") + error.what() + "): check the station's disk")};
    }
}

wire::Expected<std::string> JournalDesk::answer_to(const wire::JournalQueryParams& params) {
    auto page = JournalReader(file_).query(params);
    if (!page)
        return page.error();
    return wire::encode(*page);
}

wire::Expected<std::string> JournalDesk::answer_to(const wire::JournalVerifyParams& params) {
    journal::Anchors anchors{.public_key = public_key_, .kept = {}, .personal = true};
    if (params.head) {
        auto kept = journal::read_kept(params.head->value);
        if (!kept)
            return make_error(Code::out_of_range,
                              "params.head is no head: send what journal.head gave in `paper`, like "
                              "\"1234: 3f9a 11c2 88de 0a4b 77aa 0913\"",
                              "params.head");
        anchors.kept.push_back(std::move(*kept));
    }
    const auto verdict = JournalReader(file_).verify(anchors, [this] { return !stopping(); });
    if (!verdict)
        return make_error(Code::shutting_down, "the station is stopping; try again when it is back");
    return wire::encode(as_result(*verdict));
}

wire::Expected<std::string> JournalDesk::answer_to(const wire::JournalHeadParams&) {
    return make_error(Code::internal, "journal.head is answered by the store");
}

broker::JournalAnswered JournalDesk::head(broker::StoreToken token,
                                          const std::optional<journal::SignedHead>& head) const {
    const auto read = head ? journal::read_head(head->text) : std::nullopt;
    if (!read)
        return {token, {}, make_error(Code::not_ready, "the journal has no signed entry yet; try again in a moment")};
    const wire::JournalHeadResult result{
        read->station,          read->seq,           to_hex(read->hash),       read->utc_us,
        read->key_id,           to_hex(public_key_), journal::on_paper(*read), head->text,
        to_hex(head->signature)};
    return {token, wire::encode(result), {}};
}

} // namespace rekam::rekamd

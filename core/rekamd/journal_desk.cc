// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/journal_desk.h"

#include "core/rekamd/daily_report.h"
#include "core/rekamd/moved_files.h"
#include "core/wire/codec.h"

#include <SQLiteCpp/Exception.h>
#include <boost/asio/post.hpp>

#include <csignal>

namespace rekam::rekamd {
namespace {

using model::Code;
using model::make_error;

wire::JournalVerifyResult as_result(const journal::Verdict& verdict) {
    wire::JournalVerifyResult result{!verdict.flaw,
                                     {},
                                     verdict.first,
                                     verdict.last,
                                     verdict.heads,
                                     verdict.erased,
                                     verdict.unsigned_,
                                     verdict.unchecked,
                                     {},
                                     0};
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

void JournalDesk::ask(broker::AskJournal question, std::optional<journal::SignedHead> head) {
    const std::lock_guard lock(mutex_);
    questions_.push_back({std::move(question), std::move(head)});
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

broker::JournalAnswered JournalDesk::find(const Question& question) {
    const auto token = question.asked.token;
    try {
        auto found = std::visit([&](const auto& params) { return answer_to(params, question); }, question.asked.what);
        if (found)
            return {token, std::move(*found), {}};
        return {token, {}, found.error()};
    } catch (const SQLite::Exception& error) {
        return {token,
                {},
                make_error(Code::journal_failed,
                           std::string("the journal cannot be read (") + error.what() + "): check the station's disk")};
    }
}

wire::Expected<std::string> JournalDesk::answer_to(const wire::JournalQueryParams& params, const Question&) {
    auto page = JournalReader(file_).query(params);
    if (!page)
        return page.error();
    return wire::encode(*page);
}

wire::Expected<std::string> JournalDesk::answer_to(const broker::DailyReport& report, const Question& question) {
    JournalReader reader(file_);
    const auto day = daily_report(reader, report, question.head, public_key_, [this] { return !stopping(); });
    if (!day)
        return day.error();
    return wire::encode(*day);
}

wire::Expected<std::string> JournalDesk::answer_to(const wire::JournalVerifyParams& params, const Question&) {
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
    JournalReader reader(file_);
    const auto go_on = [this] { return !stopping(); };
    const auto verdict = reader.verify(anchors, go_on);
    auto result = as_result(verdict.value_or(journal::Verdict{}));
    if (!verdict || !check_files(reader, file_.parent_path() / "journal", result, go_on))
        return make_error(Code::shutting_down, "the station is stopping; try again when it is back");
    return wire::encode(result);
}

wire::Expected<std::string> JournalDesk::answer_to(const wire::JournalHeadParams&, const Question&) {
    return make_error(Code::internal, "journal.head is answered by the store");
}

wire::Expected<std::string> JournalDesk::answer_to(const broker::EraseCase&, const Question&) {
    return make_error(Code::internal, "journal.erase is answered by the store");
}

broker::JournalAnswered JournalDesk::head(broker::StoreToken token,
                                          const std::optional<journal::SignedHead>& head) const {
    const auto result = shown(head, public_key_);
    if (!result)
        return {token, {}, make_error(Code::not_ready, "the journal has no signed entry yet; try again in a moment")};
    return {token, wire::encode(*result), {}};
}

} // namespace rekam::rekamd

// SPDX-License-Identifier: Apache-2.0
// Answers journal.query, journal.verify and report.daily on a thread of its own: a journal of years takes a while to
// look through.
#pragma once

#include "core/broker/effect.h"
#include "core/rekamd/journal_reader.h"

#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace rekam::rekamd {

class JournalDesk {
  public:
    /// Called on the io_context, once for every question.
    using Answer = std::function<void(broker::JournalAnswered)>;

    /// `file` is the store's, `public_key` the one that signs its heads.
    JournalDesk(boost::asio::io_context& loop, std::filesystem::path file, std::string public_key, Answer answer);
    /// What is not answered by now never is.
    ~JournalDesk();
    JournalDesk(const JournalDesk&) = delete;
    JournalDesk& operator=(const JournalDesk&) = delete;

    /// Anything but journal.head and an erasure, which are the store's own thread's. `head`: of a report, if the store
    /// could sign one.
    void ask(broker::AskJournal question, std::optional<journal::SignedHead> head = {});
    /// The answer to journal.head: nothing when there is no entry yet.
    [[nodiscard]] broker::JournalAnswered head(broker::StoreToken token,
                                               const std::optional<journal::SignedHead>& head) const;

  private:
    struct Question {
        broker::AskJournal asked;
        std::optional<journal::SignedHead> head;
    };

    void run();
    broker::JournalAnswered find(const Question& question);
    wire::Expected<std::string> answer_to(const wire::JournalQueryParams& params, const Question& question);
    wire::Expected<std::string> answer_to(const wire::JournalVerifyParams& params, const Question& question);
    wire::Expected<std::string> answer_to(const wire::JournalHeadParams& params, const Question& question);
    wire::Expected<std::string> answer_to(const broker::EraseCase& what, const Question& question);
    wire::Expected<std::string> answer_to(const broker::DailyReport& report, const Question& question);
    bool stopping();

    boost::asio::io_context& loop_;
    const std::filesystem::path file_;
    const std::string public_key_;
    const std::shared_ptr<Answer> answer_;
    const std::shared_ptr<bool> open_ = std::make_shared<bool>(true); ///< the loop's thread only

    std::mutex mutex_;
    std::condition_variable work_;
    std::deque<Question> questions_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace rekam::rekamd

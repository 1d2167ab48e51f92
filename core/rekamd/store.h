// SPDX-License-Identifier: Apache-2.0
// The store on a thread of its own: a disk that is slow, full or dead never holds up the reactor.
#pragma once

#include "core/broker/effect.h"
#include "core/rekamd/store_file.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <variant>

namespace rekam::rekamd {

class Store {
  public:
    /// Called on the io_context, in the order of the requests.
    struct Handlers {
        std::function<void(broker::StoreToken, bool on_reserve)> durable;
        std::function<void(broker::StoreToken, bool disk_full, const std::string& reason)> append_failed;
        std::function<void(broker::StoreToken, std::optional<std::string> body)> found;
        /// The answer to sign().
        std::function<void(broker::StoreToken, std::optional<journal::SignedHead> head)> signed_head;
        /// The answer to erase().
        std::function<void(broker::JournalAnswered)> erased;
        /// A lookup that the disk refused is told here and answered as not found; so is a journal that cannot be moved.
        std::function<void(const std::string& reason)> read_failed;
    };

    Store(boost::asio::io_context& loop, std::unique_ptr<StoreFile> file, Handlers handlers);
    /// Writes what is queued; waits for a dead disk as long as it takes. Call stop() first.
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// All appends that wait are written in one transaction, in order. Beyond max_waiting they fail at once.
    void append(broker::Append append);
    void lookup(broker::Lookup lookup);
    /// Signs what was appended before it.
    void sign(broker::StoreToken token);
    /// Answered when nothing of it is in the file any more; what comes after it waits for that.
    void erase(broker::StoreToken token, broker::EraseCase what);

    /// Writes what is queued and ends the thread; false when that takes longer than `limit`. No handler is called any
    /// more.
    bool stop(std::chrono::milliseconds limit);

    static constexpr std::size_t max_waiting = 10'000;
    /// Before entries that could not be moved to a file are tried again: each failure is told.
    static constexpr std::chrono::minutes move_pause{1};
    /// How often a reader may be in the way of an erasure, a second each, before it is told that it takes longer.
    static constexpr int wipe_tries = 3;

  private:
    struct Sign {
        broker::StoreToken token;
    };
    struct Erase {
        broker::StoreToken token;
        broker::EraseCase what;
    };
    using Request = std::variant<broker::Append, broker::Lookup, Sign, Erase>;

    bool enqueue(Request request);
    void run();
    void write(std::span<broker::Append> batch);
    void read(const broker::Lookup& lookup);
    void sign_now(const Sign& wanted);
    void erase_now(const Erase& wanted);
    std::optional<model::Error> wipe();
    void wipe_again();
    void sign_end();
    void move_out();
    template <class Answer> void answer(Answer call);

    boost::asio::io_context& loop_;
    std::unique_ptr<StoreFile> file_;                    ///< the thread's
    bool moving_ = false;                                ///< the thread's: the journal is on its way to a file
    std::chrono::steady_clock::time_point move_again_{}; ///< the thread's: not before, after a failure
    const std::shared_ptr<Handlers> handlers_;
    const std::shared_ptr<bool> open_ = std::make_shared<bool>(true); ///< the loop's thread only

    std::mutex mutex_;
    std::condition_variable work_, ended_;
    std::vector<Request> queue_;
    bool stopping_ = false, finished_ = false;
    std::thread thread_;
};

} // namespace rekam::rekamd

// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/store.h"

#include "core/broker/refusals.h"

#include <boost/asio/post.hpp>

#include <csignal>

namespace rekam::rekamd {
namespace {

constexpr std::chrono::seconds wipe_pause{1};

} // namespace

Store::Store(boost::asio::io_context& loop, std::unique_ptr<StoreFile> file, Handlers handlers)
    : loop_(loop), file_(std::move(file)), handlers_(std::make_shared<Handlers>(std::move(handlers))) {
    // Signals are the reactor's: this thread takes none.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Store::~Store() {
    stop(std::chrono::milliseconds(0));
    thread_.join();
}

void Store::append(broker::Append append) {
    const auto token = append.token;
    if (!enqueue(std::move(append)))
        boost::asio::post(loop_, [handlers = handlers_, open = open_, token] {
            if (*open)
                handlers->append_failed(token, false, "the disk does not keep up: too many records wait for it");
        });
}

void Store::lookup(broker::Lookup lookup) {
    const auto token = lookup.token;
    if (!enqueue(std::move(lookup)))
        boost::asio::post(loop_, [handlers = handlers_, open = open_, token] {
            if (*open)
                handlers->found(token, std::nullopt);
        });
}

void Store::sign(broker::StoreToken token) {
    if (!enqueue(Sign{token}))
        boost::asio::post(loop_, [handlers = handlers_, open = open_, token] {
            if (*open)
                handlers->signed_head(token, std::nullopt);
        });
}

void Store::erase(broker::StoreToken token, broker::EraseCase what) {
    if (!enqueue(Erase{token, std::move(what)}))
        boost::asio::post(loop_, [handlers = handlers_, open = open_, token] {
            if (*open)
                handlers->erased({token, {}, broker::not_recorded(false)});
        });
}

bool Store::stop(std::chrono::milliseconds limit) {
    *open_ = false;
    std::unique_lock lock(mutex_);
    stopping_ = true;
    work_.notify_one();
    return ended_.wait_for(lock, limit, [this] { return finished_; });
}

bool Store::enqueue(Request request) {
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() >= max_waiting)
            return false;
        queue_.push_back(std::move(request));
    }
    work_.notify_one(); // without the lock: the woken thread would run into it
    return true;
}

void Store::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_ || !queue_.empty()) {
        const auto has_work = [this] { return stopping_ || moving_ || !queue_.empty(); };
        if (file_->has_traces())
            work_.wait_for(lock, wipe_pause, has_work);
        else
            work_.wait(lock, has_work);
        auto requests = std::exchange(queue_, {});
        const bool stopping_now = stopping_;
        lock.unlock();
        std::vector<broker::Append> batch;
        for (auto& request : requests) {
            if (auto* append = std::get_if<broker::Append>(&request)) {
                batch.push_back(std::move(*append));
                continue;
            }
            write(batch); // a lookup sees what was appended before it
            batch.clear();
            if (const auto* lookup = std::get_if<broker::Lookup>(&request))
                read(*lookup);
            else if (const auto* erase = std::get_if<Erase>(&request))
                erase_now(*erase);
            else
                sign_now(std::get<Sign>(request));
        }
        write(batch);
        if (requests.empty() && !stopping_now)
            wipe_again();
        move_out(); // a step after each batch: neither waits for the other to be done
        lock.lock();
    }
    lock.unlock();
    sign_end();
    lock.lock();
    finished_ = true;
    ended_.notify_all();
}

template <class Answer> void Store::answer(Answer call) {
    boost::asio::post(loop_, [handlers = handlers_, open = open_, call = std::move(call)] {
        if (*open)
            call(*handlers);
    });
}

void Store::write(std::span<broker::Append> batch) {
    if (batch.empty())
        return;
    std::vector<broker::Record> records;
    std::vector<broker::Entry> entries;
    std::vector<broker::StoreToken> tokens;
    for (auto& append : batch) {
        tokens.push_back(append.token);
        std::ranges::move(append.records, std::back_inserter(records));
        std::ranges::move(append.entries, std::back_inserter(entries));
    }
    try {
        file_->append(records, entries);
        if (file_->is_on_reserve())
            file_->keep_reserve();
        answer([tokens, on_reserve = file_->is_on_reserve()](Handlers& handlers) {
            for (const auto token : tokens)
                handlers.durable(token, on_reserve);
        });
    } catch (const StoreError& error) {
        answer([tokens, full = error.disk_full, reason = std::string(error.what())](Handlers& handlers) {
            for (const auto token : tokens)
                handlers.append_failed(token, full, reason);
        });
    }
}

void Store::sign_now(const Sign& wanted) {
    std::optional<journal::SignedHead> head;
    try {
        head = file_->sign_head();
    } catch (const StoreError& error) {
        answer([reason = std::string(error.what())](Handlers& handlers) { handlers.read_failed(reason); });
    }
    answer([token = wanted.token, head](Handlers& handlers) { handlers.signed_head(token, head); });
}

void Store::erase_now(const Erase& wanted) {
    broker::JournalAnswered answered{wanted.token, {}, {}};
    try {
        answered.erased = file_->erase(wanted.what);
        answered.error = wipe();
    } catch (const StoreError& error) {
        answered.error = broker::not_recorded(error.disk_full);
        answer([reason = std::string(error.what())](Handlers& handlers) { handlers.read_failed(reason); });
    }
    answer([answered = std::move(answered)](Handlers& handlers) { handlers.erased(answered); });
}

/// Why the file still has traces of what was erased from it.
std::optional<model::Error> Store::wipe() {
    try {
        for (int tries = 0; tries < wipe_tries; ++tries)
            if (file_->wipe())
                return std::nullopt;
    } catch (const StoreError& error) {
        answer([reason = std::string(error.what())](Handlers& handlers) { handlers.read_failed(reason); });
        return model::make_error(
            error.disk_full ? model::Code::disk_full : model::Code::journal_failed,
            "nothing tells of the case any more, but traces of it are left in the store's file, "
            "which cannot be written anew; the station goes on trying: make room for a copy of it");
    }
    return model::make_error(model::Code::busy, "nothing tells of the case any more, but traces of it are left in the "
                                                "store's file while others read it; the station goes on trying");
}

/// What could not be wiped before, or before a kill. It has been told.
void Store::wipe_again() {
    try {
        file_->wipe();
    } catch (const StoreError&) {
        return;
    }
}

/// What was written last is vouched for when the station is away. A disk that fails now has said so before.
void Store::sign_end() {
    try {
        file_->sign_head();
    } catch (const StoreError&) {
        return; // the next start signs what is there
    }
}

void Store::move_out() {
    moving_ = false;
    if (file_->is_on_reserve()) // that room is for what ends
        return;
    if (std::chrono::steady_clock::now() < move_again_)
        return;
    try {
        moving_ = file_->move_out();
    } catch (const StoreError& error) {
        move_again_ = std::chrono::steady_clock::now() + move_pause;
        answer([reason = std::string(error.what())](Handlers& handlers) { handlers.read_failed(reason); });
    }
}

void Store::read(const broker::Lookup& lookup) {
    try {
        answer([token = lookup.token, body = file_->lookup(lookup.kind, lookup.key)](Handlers& handlers) {
            handlers.found(token, body);
        });
    } catch (const StoreError& error) {
        answer([token = lookup.token, reason = std::string(error.what())](Handlers& handlers) {
            handlers.read_failed(reason);
            handlers.found(token, std::nullopt);
        });
    }
}

} // namespace rekam::rekamd

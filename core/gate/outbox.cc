// SPDX-License-Identifier: Apache-2.0
#include "core/gate/outbox.h"

#include <utility>

namespace rekam::gate {

void Outbox::count(Client& client, const SendClient& message, bool in) {
    if (in) {
        client.parts += message.parts.size();
        parts_ += message.parts.size();
        bytes_ += message.header.size();
    } else {
        client.parts -= message.parts.size();
        parts_ -= message.parts.size();
        bytes_ -= message.header.size();
    }
}

bool Outbox::keep(const Now& now, SendClient message, bool returned, std::vector<SendClient>& dropped) {
    if (clients_.empty())
        due_us_ = now.mono_us + bounds_.retry_us;
    const auto [found, fresh] = clients_.try_emplace(message.client);
    Client& client = found->second;
    if (fresh)
        client.blocked_us = now.mono_us;
    if (returned)
        ++client.returned;
    count(client, message, true);
    if (message.kind == SendClient::Kind::final) {
        client.finals.push_back(std::move(message));
    } else if (const auto old = client.progress.find(message.request); old == client.progress.end()) {
        client.progress.emplace(message.request, std::move(message));
    } else if (returned) {
        count(client, message, false); // what waits already was said later
        dropped.push_back(std::move(message));
    } else {
        count(client, old->second, false);
        dropped.push_back(std::exchange(old->second, std::move(message)));
    }
    return client.finals.size() <= bounds_.finals_per_client && client.parts <= bounds_.parts_per_client &&
           parts_ <= bounds_.waiting_parts && bytes_ <= bounds_.waiting_bytes;
}

std::optional<SendClient> Outbox::drop_progress(const ClientKey& client, std::uint64_t request) {
    const auto found = clients_.find(client);
    if (found == clients_.end())
        return std::nullopt;
    const auto old = found->second.progress.find(request);
    if (old == found->second.progress.end())
        return std::nullopt;
    count(found->second, old->second, false);
    SendClient dropped = std::move(old->second);
    found->second.progress.erase(old);
    return dropped;
}

void Outbox::empty(Client& client, std::vector<SendClient>& into) {
    // Progress first: a final of the same request would have removed it, so it belongs to requests that go on.
    for (auto& [request, message] : client.progress) {
        count(client, message, false);
        into.push_back(std::move(message));
    }
    client.progress.clear();
    for (auto& message : client.finals) {
        count(client, message, false);
        into.push_back(std::move(message));
    }
    client.finals.clear();
}

std::vector<SendClient> Outbox::retry(const Now& now) {
    std::vector<SendClient> all;
    for (auto entry = clients_.begin(); entry != clients_.end();) {
        Client& client = entry->second;
        if (client.finals.empty() && client.progress.empty()) {
            entry = clients_.erase(entry); // it took everything
            continue;
        }
        if (client.returned < client.tried)
            client.blocked_us = now.mono_us; // it reads, if slowly
        client.tried = client.finals.size() + client.progress.size();
        client.returned = 0;
        empty(client, all);
        ++entry;
    }
    due_us_ = now.mono_us + bounds_.retry_us;
    return all;
}

std::vector<ClientKey> Outbox::stale(const Now& now) const {
    std::vector<ClientKey> keys;
    for (const auto& [key, client] : clients_)
        if (client.returned >= client.tried && now.mono_us - client.blocked_us >= bounds_.unread_us)
            keys.push_back(key);
    return keys;
}

std::vector<SendClient> Outbox::take(const ClientKey& client) {
    std::vector<SendClient> all;
    const auto found = clients_.find(client);
    if (found == clients_.end())
        return all;
    empty(found->second, all);
    clients_.erase(found);
    return all;
}

} // namespace rekam::gate

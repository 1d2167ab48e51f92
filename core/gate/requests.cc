// SPDX-License-Identifier: Apache-2.0
#include "core/gate/requests.h"

namespace rekam::gate {
namespace {

/// Lengths first, so that no choice of id can look like another client's.
std::string joined(const ClientKey& client, std::uint64_t session, const std::string& id) {
    return std::to_string(client.size()) + ':' + client + std::to_string(session) + ':' + id;
}

} // namespace

std::uint64_t Requests::open(OpenRequest request) {
    const std::uint64_t number = ++last_;
    Client& client = clients_[request.client];
    client.numbers.insert(number);
    client.hellos += request.session == 0 ? 1 : 0;
    ++sessions_[request.session];
    ids_.insert(joined(request.client, request.session, request.id));
    open_.emplace(number, std::move(request));
    return number;
}

const OpenRequest* Requests::find(std::uint64_t number) const {
    const auto found = open_.find(number);
    return found == open_.end() ? nullptr : &found->second;
}

std::optional<OpenRequest> Requests::close(std::uint64_t number) {
    const auto found = open_.find(number);
    if (found == open_.end())
        return std::nullopt;
    OpenRequest request = std::move(found->second);
    open_.erase(found);
    ids_.erase(joined(request.client, request.session, request.id));
    if (const auto session = sessions_.find(request.session); --session->second == 0)
        sessions_.erase(session);
    const auto client = clients_.find(request.client);
    client->second.numbers.erase(number);
    client->second.hellos -= request.session == 0 ? 1 : 0;
    if (client->second.numbers.empty())
        clients_.erase(client);
    return request;
}

std::vector<std::uint64_t> Requests::close_all(const ClientKey& client) {
    const auto found = clients_.find(client);
    if (found == clients_.end())
        return {};
    std::vector<std::uint64_t> numbers(found->second.numbers.begin(), found->second.numbers.end());
    for (const auto number : numbers)
        close(number);
    return numbers;
}

bool Requests::has(const ClientKey& client, std::uint64_t session, const std::string& id) const {
    return ids_.contains(joined(client, session, id));
}

std::size_t Requests::of_session(std::uint64_t session) const {
    const auto found = sessions_.find(session);
    return found == sessions_.end() ? 0 : found->second;
}

std::size_t Requests::hellos_of(const ClientKey& client) const {
    const auto found = clients_.find(client);
    return found == clients_.end() ? 0 : found->second.hellos;
}

} // namespace rekam::gate

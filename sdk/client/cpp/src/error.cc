// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <string>
#include <utility>

#include <rekam/client_error.h>

namespace rekam {
namespace {

std::string sentence(const ErrorBody& body) {
    std::string text = body.message.empty() ? body.code : body.code + ": " + body.message;
    if (!body.holder)
        return text;
    text += " [held by " + body.holder->client;
    if (!body.holder->operator_name.empty())
        text += " (" + body.holder->operator_name + ")";
    if (body.remaining_ms)
        text += ", " + std::to_string((*body.remaining_ms + 500) / 1000) + " s left";
    return text + "]";
}

} // namespace

Error::Error(ErrorBody body) : std::runtime_error(sentence(body)), body_(std::move(body)) {}

} // namespace rekam

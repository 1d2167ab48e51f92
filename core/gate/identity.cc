// SPDX-License-Identifier: Apache-2.0
#include "core/gate/identity.h"

namespace rekam::gate {

std::string principal_name(const wire::Principal& principal) {
    if (principal.transport == "tcp")
        return "tcp:key";
    if (principal.transport == "ipc" && principal.uid)
        return "uid:" + std::to_string(*principal.uid);
    return {};
}

bool same_secret(std::string_view shown, std::string_view secret) {
    if (secret.empty())
        return false;
    unsigned difference = shown.size() == secret.size() ? 0 : 1;
    for (std::size_t i = 0; i < shown.size(); ++i)
        difference |= static_cast<unsigned char>(shown[i]) ^ static_cast<unsigned char>(secret[i % secret.size()]);
    return difference == 0;
}

} // namespace rekam::gate

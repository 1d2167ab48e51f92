// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where the station is: an argument, else REKAM_STATION, else the runtime directory.
#pragma once

#include <string>

namespace rekam {

struct Endpoints {
    std::string requests;
    std::string events;
    std::string station_key; // TCP only: ipc is proved by the kernel
    std::string name;        // as the person gave it, for messages
};

// `station`: a runtime directory, or "tcp://127.0.0.1:5570,tcp://127.0.0.1:5571". Throws Error bad-request.
Endpoints find_station(const std::string& station, const std::string& station_key);

} // namespace rekam

// SPDX-License-Identifier: Apache-2.0
// rekam-bench-indi: a driver for indiserver with one picture, which it fills and sends when asked. What a camera would
// do with its exposure is left out, so that only INDI's own way is measured. $REKAM_BENCH_BYTES: of the picture.
#include <cstdlib>
#include <cstring>
#include <string>

#define INDI_SHARED_BLOB_SUPPORT
#include <libindi/indidevapi.h>
#include <libindi/indidriver.h>
#include <libindi/sharedblob.h>

namespace {

constexpr const char* device = "Bench";

std::size_t bytes() {
    const char* text = std::getenv("REKAM_BENCH_BYTES"); // NOLINT(concurrency-mt-unsafe): one thread
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 1'000'000;
}

ISwitch go;
ISwitchVectorProperty ask;
IBLOB picture;
IBLOBVectorProperty pictures;

} // namespace

void ISGetProperties(const char*) {
    IUFillSwitch(&go, "GO", "", ISS_OFF);
    IUFillSwitchVector(&ask, &go, 1, device, "CAPTURE", "", "", IP_RW, ISR_ATMOST1, 0, IPS_IDLE);
    IUFillBLOB(&picture, "PICTURE", "", ".raw");
    IUFillBLOBVector(&pictures, &picture, 1, device, "PICTURE", "", "", IP_RO, 0, IPS_IDLE);
    IDDefSwitch(&ask, nullptr);
    IDDefBLOB(&pictures, nullptr);
}

void ISNewSwitch(const char*, const char*, ISState*, char**, int) {
    const std::size_t size = bytes();
    // Sealed when it is sent, so each picture has its own: as INDI's cameras do with their streams.
    picture.blob = IDSharedBlobAlloc(size);
    picture.bloblen = picture.size = static_cast<int>(size);
    std::memset(picture.blob, 0x5a, size);
    pictures.s = IPS_OK;
    IDSetBLOB(&pictures, nullptr);
    IDSharedBlobFree(picture.blob);
    picture.blob = nullptr;
}

void ISNewText(const char*, const char*, char**, char**, int) {}
void ISNewNumber(const char*, const char*, double*, char**, int) {}
void ISNewBLOB(const char*, const char*, int*, int*, char**, char**, char**, int) {}
void ISSnoopDevice(XMLEle*) {}

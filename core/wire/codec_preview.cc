// SPDX-License-Identifier: Apache-2.0
#include "core/wire/codec_impl.h"
#include "core/wire/preview_records.h"

namespace rekam::wire {

template Expected<HostPreview> decode(std::string_view);
template Expected<HostView> decode(std::string_view);
template Expected<BufferRef> decode(std::string_view);
template Expected<PoolBuffers> decode(std::string_view);
template Expected<TicketsWanted> decode(std::string_view);
template Expected<DataRequest> decode(std::string_view);

template std::string encode(const HostPreview&);
template std::string encode(const HostView&);
template std::string encode(const BufferRef&);
template std::string encode(const PoolBuffers&);
template std::string encode(const PoolShown&);
template std::string encode(const TicketsWanted&);
template std::string encode(const PreviewProgress&);
template std::string encode(const PreviewResult&);
template std::string encode(const PreviewStopped&);

} // namespace rekam::wire

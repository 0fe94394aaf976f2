#include "runtime/http/hpack_decoder.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <new>

namespace meshctl::http {

void HpackDecoder::Free::operator()(nghttp2_hd_inflater* inflater) const noexcept {
  nghttp2_hd_inflate_del(inflater);
}

HpackDecoder::HpackDecoder() {
  nghttp2_hd_inflater* made = nullptr;
  if (nghttp2_hd_inflate_new(&made) != 0) throw std::bad_alloc();
  inflater_.reset(made);
}

HpackDecoder::~HpackDecoder() = default;

bool HpackDecoder::feed(std::string_view part, bool is_last, FieldSink& sink) noexcept {
  const auto* at = reinterpret_cast<const std::uint8_t*>(part.data());
  auto left = part.size();
  for (;;) {
    nghttp2_nv field{};
    int flags = 0;
    const auto used = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags, at, left, is_last);
    if (used < 0) return false;
    at += used;
    left -= static_cast<std::size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      sink.on_field({reinterpret_cast<const char*>(field.name), field.namelen},
                    {reinterpret_cast<const char*>(field.value), field.valuelen});
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
      return nghttp2_hd_inflate_end_headers(inflater_.get()) == 0;
    }
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && left == 0) return !is_last;
  }
}

void HpackDecoder::set_table_size(std::uint32_t bytes) noexcept {
  // Fails in the middle of a block only, which the contract excludes.
  nghttp2_hd_inflate_change_table_size(inflater_.get(), std::min(bytes, kMostTableBytes));
}

}  // namespace meshctl::http

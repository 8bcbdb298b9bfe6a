// SPDX-License-Identifier: MIT
#include "tools/xl/hypervisor_fs.hpp"

#include <charconv>
#include <cstring>

#include "tools/base/error.hpp"

extern "C" {
#include <xen/hypfs.h>
#include <xencall.h>
}

namespace xenolith::tools::xl {
namespace {

// Memory that a hypercall can reach.
class Buffer {
 public:
  Buffer(xencall_handle* calls, size_t size) : calls_(calls), data_(xencall_alloc_buffer(calls, size)) {
    if (!data_) fail_errno("no memory for a hypercall");
  }
  ~Buffer() { xencall_free_buffer(calls_, data_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void* data() { return data_; }
  uint64_t address() const { return reinterpret_cast<uint64_t>(data_); }

 private:
  xencall_handle* calls_;
  void* data_;
};

class HypervisorFs {
 public:
  HypervisorFs() : calls_(xencall_open(nullptr, 0)) {
    if (!calls_) fail_errno("reaching the hypervisor");
  }
  ~HypervisorFs() { xencall_close(calls_); }
  HypervisorFs(const HypervisorFs&) = delete;
  HypervisorFs& operator=(const HypervisorFs&) = delete;

  void write(const std::string& path, const std::string& text) {
    xen_hypfs_direntry entry = describe(path);
    std::string content = encode(entry, text);
    if (content.size() > entry.max_write_len) fail(EINVAL, "the value is too long, or may not be changed");
    Buffer data(calls_, content.size());
    std::memcpy(data.data(), content.data(), content.size());
    call(XEN_HYPFS_OP_write_contents, path, data, content.size());
  }

 private:
  long call(unsigned command, const std::string& path, Buffer& data, size_t size) {
    Buffer name(calls_, path.size() + 1);
    std::memcpy(name.data(), path.c_str(), path.size() + 1);
    return check(
        xencall5(calls_, __HYPERVISOR_hypfs_op, command, name.address(), path.size() + 1, data.address(), size),
        "the hypervisor refuses");
  }

  xen_hypfs_direntry describe(const std::string& path) {
    constexpr size_t size = 4096;
    Buffer data(calls_, size);
    call(XEN_HYPFS_OP_read, path, data, size);
    xen_hypfs_direntry entry;
    std::memcpy(&entry, data.data(), sizeof entry);
    return entry;
  }

  static std::string encode(const xen_hypfs_direntry& entry, const std::string& text) {
    switch (entry.type) {
      case XEN_HYPFS_TYPE_STRING: return std::string(text.c_str(), text.size() + 1);
      case XEN_HYPFS_TYPE_BOOL: return std::string(1, truth(text) ? '\1' : '\0');
      case XEN_HYPFS_TYPE_UINT:
      case XEN_HYPFS_TYPE_INT: return number(text, entry.content_len);
      default: fail(EINVAL, "it is no parameter that can be set");
    }
  }

  static bool truth(const std::string& text) {
    if (text == "1" || text == "yes" || text == "on" || text == "true" || text == "enable") return true;
    if (text == "0" || text == "no" || text == "off" || text == "false" || text == "disable") return false;
    fail(EINVAL, "expected yes or no, found '{}'", text);
  }

  static std::string number(const std::string& text, size_t size) {
    int64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || size > sizeof value)
      fail(EINVAL, "expected a number, found '{}'", text);
    return std::string(reinterpret_cast<const char*>(&value), size);
  }

  xencall_handle* calls_;
};

void set_parameter(HypervisorFs& files, const std::string& word) {
  size_t equals = word.find('=');
  std::string name = word.substr(0, equals), value = equals == word.npos ? "yes" : word.substr(equals + 1);
  if (equals == word.npos && name.starts_with("no")) {
    name.erase(0, 2);
    value = "no";
  }
  in_context("cannot set parameters: " + word, [&] { files.write("/params/" + name, value); });
}

}  // namespace

void set_parameters(Context&, const std::string& parameters) {
  HypervisorFs files;
  for (size_t at = 0; (at = parameters.find_first_not_of(" \t", at)) != std::string::npos;) {
    size_t end = std::min(parameters.find_first_of(" \t", at), parameters.size());
    set_parameter(files, parameters.substr(at, end - at));
    at = end;
  }
}

}  // namespace xenolith::tools::xl

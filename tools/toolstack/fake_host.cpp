// SPDX-License-Identifier: MIT
#include "tools/toolstack/fake_host.hpp"

#include <fstream>
#include <sstream>

#include "tools/base/error.hpp"
#include "tools/toolstack/device_record.hpp"

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

ToolstackSettings settings_in(const std::filesystem::path& folder, const std::function<void(ToolstackSettings&)>& adjust) {
  ToolstackSettings settings;
  settings.scripts = folder / "scripts";
  settings.state = folder / "state";
  settings.run = folder / "run";
  settings.log = folder / "log";
  settings.device_model = folder / "qemu";
  settings.backend_start = settings.backend_end = settings.script = settings.device_model_start = 20s;
  settings.shutdown_answer = 60ms;
  if (adjust) adjust(settings);
  return settings;
}

// In the builder's place: ports and frames without a kernel.
BuildResult fill(Hypervisor& hypervisor, DomainId domain, const BuildRequest& request) {
  Gfn frames[] = {Gfn(0), Gfn(1)};
  hypervisor.memory.populate(domain, frames, 0);
  BuildResult built;
  built.store_frame = frames[0];
  built.console_frame = frames[1];
  built.store_port = hypervisor.ports.allocate(domain, request.store_domain);
  built.console_port = hypervisor.ports.allocate(domain, request.console_domain);
  if (request.serial_line) {
    Gfn serial[] = {Gfn(2)};
    hypervisor.memory.populate(domain, serial, 0);
    built.serial_frame = serial[0];
    built.serial_port = hypervisor.ports.allocate(domain, request.console_domain);
  }
  return built;
}

std::filesystem::path fresh_folder() {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("xenolith-" + Uuid::random().text());
  std::filesystem::create_directories(folder / "scripts");
  std::filesystem::create_directories(folder / "state");
  std::filesystem::create_directories(folder / "log");
  std::filesystem::create_directories(folder / "run");
  return folder;
}

void describe(const StoreView& view, const std::string& path, std::ostringstream& text) {
  text << path << " = " << view.find(path).value_or("") << " [";
  for (const auto& permission : view.permissions(path)) text << permission.text() << " ";
  text << "]\n";
  for (const auto& child : view.list(path)) describe(view, path == "/" ? "/" + child : path + "/" + child, text);
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool is_qemu_there(const StoreView& store, const Device& device) {
  return store.find(fmt::format("{}/device-model/{}/state", domain_path(device.backend_domain), device.domain)) == "running";
}

}  // namespace

FakeBackends::FakeBackends(EventLoop& loop, MemoryTree& tree, DomainId domain)
    : loop_(loop), domain_(domain), store_(tree, domain) {
  watch_ = store_.watch(loop_, domain_path(domain) + "/backend", [this](const std::string& path) { on_change(path); });
  std::string notes = domain == DomainId(0) ? "/local/domain" : domain_path(domain) + "/libxl";
  pid_watch_ = store_.watch(loop_, notes, [this](const std::string& path) { start_qemu(path); });
}

// Its process id was noted in .../N/image/device-model-pid or .../libxl/N/qdisk-backend-pid: it is ready soon after.
void FakeBackends::start_qemu(const std::string& path) {
  bool pid_node = (domain_ == DomainId(0) && path.ends_with("/image/device-model-pid")) ||
                  (path.starts_with(domain_path(domain_) + "/libxl/") && path.ends_with("/qdisk-backend-pid"));
  if (!qemu_works || !pid_node || !store_.exists(path)) return;
  std::string guest = path.substr(0, path.rfind(path.ends_with("-model-pid") ? "/image" : "/"));
  guest.erase(0, guest.rfind('/') + 1);
  store_.write(fmt::format("{}/device-model/{}/state", domain_path(domain_), guest), "running");
  std::string disks = fmt::format("{}/backend/qdisk/{}", domain_path(domain_), guest);
  for (const auto& id : store_.list(disks)) drive(device_of_backend(disks + "/" + id).value());
}

void FakeBackends::on_change(const std::string& path) {
  auto device = device_of_backend(path);
  if (!device) return;
  if (device->has_script() || (device->has_process_backend() && is_qemu_there(store_, *device))) drive(*device);
}

void FakeBackends::drive(const Device& device) {
  std::string backend = backend_path(device);
  auto move = [&](DeviceState state) { store_.write(backend + "/state", state_text(state)); };
  DeviceState state = read_state(store_, backend);
  bool frontend = true;
  try {
    frontend = store_.exists(frontend_path(device));
  } catch (const Error&) {
    frontend = false;
  }
  if (mood == Mood::absent || state == DeviceState::unknown || state == DeviceState::closed) return;
  if (state == DeviceState::initialising) return move(mood == Mood::refusing ? DeviceState::closed : DeviceState::init_wait);
  bool lets_go = mood == Mood::willing || !frontend;
  if (state == DeviceState::closing && lets_go) move(DeviceState::closed);
}

FakeHost::FakeHost(std::function<void(ToolstackSettings&)> adjust)
    : folder(fresh_folder()), settings(settings_in(folder, adjust)), toolstack(loop, hypervisor, store, settings, fill) {
  block_signals();
  write_script("block", "echo block $1 $XENBUS_PATH >>" + (folder / "scripts.log").string());
  write_script("vif-bridge", "echo vif-bridge $1 $2 $vif >>" + (folder / "scripts.log").string());
  write_script("../qemu", "echo qemu $2 >>" + (folder / "scripts.log").string() + "\nwhile :; do sleep 0.02; done");
  std::ofstream(folder / "disk.img") << "disk";
  std::ofstream(folder / "kernel") << "kernel";
  for (const char* root : {"/local/domain/0/name", "/vm", "/libxl", "/local/domain/0/device-model"})
    store.write(root, "");
  store.write("/local/domain/0/name", "Domain-0");
  store.write("/local/domain/0/domid", "0");
  while (loop.run_once(0ms)) {
  }
}

Toolstack::Builder FakeHost::builder() { return fill; }

FakeHost::~FakeHost() { std::filesystem::remove_all(folder); }

DomainConfig FakeHost::config(const std::string& name) const {
  DomainConfig config;
  config.type = DomainType::pvh;
  config.name = name;
  config.kernel = folder / "kernel";
  config.memory = config.max_memory = KiB(4096);
  return config;
}

DomainConfig FakeHost::config_with_devices() const {
  DomainConfig result = config();
  DiskConfig disk;
  disk.target = folder / "disk.img";
  disk.vdev = "xvda";
  result.disks.push_back(disk);
  result.vifs.emplace_back();
  return result;
}

void FakeHost::write_script(const std::string& name, const std::string& lines) const {
  std::filesystem::path path = folder / "scripts" / name;
  std::ofstream(path) << "#!/bin/sh\n" << lines << "\n";
  std::filesystem::permissions(path, std::filesystem::perms::all);
}

std::string FakeHost::script_log() const { return contents(folder / "scripts.log"); }

std::string FakeHost::snapshot() {
  std::ostringstream text;
  describe(store, "/", text);
  for (const auto& entry : std::filesystem::directory_iterator(folder / "state")) text << entry.path().string() << "\n";
  text << "domains " << port.domain_count() << ", free pages " << port.free_pages() << ", buffers " << port.buffers()
       << ", mappings " << port.mappings() << "\n";
  return text.str();
}

}  // namespace xenolith::tools

import type { Translations } from '../translations';

const devices: Translations['devices'] = {
  speaker: '扬声器',
  speaker_n: '扬声器 {{n}}',
  system_speaker: '跟随系统',
  test: '播放测试音',
  playing: '正在播放…',
  unheard: '测试音在这里放不出来。',
  sound: '麦克风声音',
  processing: {
    echoCancellation: '消除回声',
    noiseSuppression: '抑制噪音',
    autoGainControl: '自动调节音量',
  },
  processing_hint: {
    echoCancellation: '只有戴耳机时才适合关闭，否则别人会听到自己的声音。',
    noiseSuppression: '演奏或播放音乐时可以关闭。',
    autoGainControl: '麦克风自带这项功能时可以关闭。',
  },
  unplugged: '{{was}}已断开，现在使用{{now}}。',
  not_opened: '{{was}}无法打开，现在使用{{now}}。',
  back: '{{now}}已重新接上，继续使用。',
  some: {
    microphone: '麦克风',
    camera: '摄像头',
    speaker: '扬声器',
  },
  another: {
    microphone: '另一个麦克风',
    camera: '另一个摄像头',
    speaker: '系统扬声器',
  },
  dismiss: '知道了',
  silenced: '耳机或系统将你的麦克风静音了，没有人能听到你。',
  muted: '你处于静音状态。',
  muted_how: '按 M 取消静音，按住空格键可临时说话。',
  allow: {
    windows: '请在“设置 › 隐私和安全性 › 摄像头／麦克风”中允许（包括桌面应用），然后重试。',
    macos: '请在“系统设置 › 隐私与安全性 › 摄像头／麦克风”中允许会客厅，然后重试。',
    linux: '请在系统询问时允许，或在系统的隐私设置中允许，然后重试。',
  },
  allow_browser: '请点这个窗口标题栏上的摄像头图标，选择允许，然后重试。',
  allow_browser_guest: '请点击地址栏里这个页面网址前面的图标来允许，然后重试。',
  without: {
    camera: '不开摄像头也能进入。',
    microphone: '在此之前别人听不到你。',
    both: '不开也能进入。',
  },
};

export default devices;
